// The four conversations of the Live API notebook in Google's cookbook for JavaScript, rebuilt from its description and
// its log: text to text, text to audio, three spoken turns with sending and receiving apart, and a resumable session
// (its first half: what comes back for a session that asks for a handle).
//
//     node notebook_four_conversations.cjs text|audio|turns|resumable [FOLDER FOR SOUND]
const fs = require("node:fs");
const path = require("node:path");
const { GoogleGenAI, Modality } = require("@google/genai");

const TEXT_MODEL = "gemini-2.0-flash-live-001";
const AUDIO_MODEL = "gemini-2.5-flash-preview-native-audio-dialog";
const ai = new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY });
const message = "Hello? Gemini are you there?";

// Connects with a queue behind the callbacks.
async function connect(model, config) {
  const responseQueue = [];
  let wake = () => {};
  const session = await ai.live.connect({
    model,
    config,
    callbacks: {
      onopen: () => console.log("Opened"),
      onmessage: (response) => {
        responseQueue.push(response);
        wake();
      },
      onerror: (event) => console.log("Error:", event.message),
      onclose: (event) => console.log("Close:", event.reason),
    },
  });
  async function next() {
    while (responseQueue.length === 0) await new Promise((resolve) => (wake = resolve));
    return responseQueue.shift();
  }
  return { session, next };
}

// All messages up to the end of the model's turn.
async function turn(next) {
  const turns = [];
  for (;;) {
    const response = await next();
    turns.push(response);
    if (response.serverContent?.turnComplete) return turns;
  }
}

// A RIFF header for 16-bit mono sound, then the samples.
function writeWave(file, pcm, rate) {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + pcm.length, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(pcm.length, 40);
  fs.writeFileSync(file, Buffer.concat([header, pcm]));
}

function saveAudio(turns, file) {
  const parts = turns.flatMap((response) => response.serverContent?.modelTurn?.parts ?? []);
  const sounds = parts.filter((part) => part.inlineData).map((part) => Buffer.from(part.inlineData.data, "base64"));
  writeWave(file, Buffer.concat(sounds), 24000);
  console.log("Audio saved to", file);
}

async function textToText() {
  const { session, next } = await connect(TEXT_MODEL, { responseModalities: [Modality.TEXT] });
  session.sendClientContent({ turns: message });
  console.log("Sent message:", message);
  for (const response of await turn(next)) {
    if (response.text) console.log("Received response:", response.text);
  }
  session.close();
  console.log("Session closed");
}

async function textToAudio(folder) {
  const { session, next } = await connect(AUDIO_MODEL, { responseModalities: [Modality.AUDIO] });
  session.sendClientContent({ turns: message });
  console.log("Sent message:", message);
  const turns = await turn(next);
  console.log("Received complete response");
  saveAudio(turns, path.join(folder, "text_to_audio_response.wav"));
  session.close();
  console.log("Session closed");
}

class AudioLoop {
  constructor(folder) {
    this.folder = folder;
    this.index = 0;
  }

  async start() {
    Object.assign(this, await connect(AUDIO_MODEL, { responseModalities: [Modality.AUDIO] }));
  }

  send(words) {
    this.session.sendClientContent({ turns: words });
    console.log("Sent message:", words);
  }

  async receive() {
    const turns = await turn(this.next);
    console.log("Received complete response");
    saveAudio(turns, path.join(this.folder, `audio_response_${this.index++}.wav`));
  }

  async run(messages) {
    await this.start();
    for (const words of messages) {
      this.send(words);
      await this.receive();
    }
    this.session.close();
    console.log("Session closed");
  }
}

async function resumableSession(handle, messages) {
  console.log(`Connecting to the service with handle ${handle}...`);
  const { session, next } = await connect(TEXT_MODEL, {
    responseModalities: [Modality.TEXT],
    sessionResumption: { handle },
  });
  for (const words of messages) {
    console.log("Sending message:", words);
    session.sendClientContent({ turns: words });
    for (const response of await turn(next)) console.log("Received message:", JSON.stringify(response));
  }
  for (;;) {
    const response = await next();
    console.log("Received message:", JSON.stringify(response));
    if (response.sessionResumptionUpdate?.newHandle) break;
  }
  session.close();
}

const [which, folder] = process.argv.slice(2);
const conversations = {
  text: textToText,
  audio: () => textToAudio(folder),
  turns: () => new AudioLoop(folder).run([message, "Can you tell me a joke?", "What is the weather like today?"]),
  resumable: () => resumableSession(undefined, ["Hello", "What is the capital of Brazil?"]),
};
conversations[which]();
