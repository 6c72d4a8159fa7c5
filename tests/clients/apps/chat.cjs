// A small chat on @google/genai: asks its questions one after the other, prints each message as a line of JSON.
//
//     node chat.cjs [--vertex] MODEL MODALITY QUESTION...
//
// Where the server is, and with which key or credentials to go there, is the environment's business.
const { GoogleGenAI, Modality } = require("@google/genai");

// One line; sound as its length.
function show(name, value) {
  const short = (key, held) => (key === "data" ? { bytes: Buffer.from(held, "base64").length } : held);
  console.log(JSON.stringify({ [name]: value }, short));
}

// The client for the back-end that was asked for.
function makeClient(vertex) {
  if (!vertex) return new GoogleGenAI({});
  const { GOOGLE_CLOUD_PROJECT: project, GOOGLE_CLOUD_LOCATION: location } = process.env;
  return new GoogleGenAI({ vertexai: true, project, location });
}

// A queue between the callbacks and the one who asks; `null` says that the connection has closed.
function makeQueue() {
  const messages = [];
  const waiting = [];
  return {
    put: (message) => (waiting.length ? waiting.shift()(message) : messages.push(message)),
    take: () => (messages.length ? Promise.resolve(messages.shift()) : new Promise((resolve) => waiting.push(resolve))),
  };
}

async function main() {
  const words = process.argv.slice(2);
  const vertex = words[0] === "--vertex" && words.shift() === "--vertex";
  const [model, modality, ...questions] = words;
  const config = { responseModalities: [Modality[modality]] };
  if (modality === "AUDIO") config.outputAudioTranscription = {};
  const queue = makeQueue();
  const session = await makeClient(vertex).live.connect({
    model,
    config,
    callbacks: {
      onopen: () => show("opened", true),
      onmessage: (message) => queue.put(message),
      onerror: (event) => show("error", event.message),
      onclose: (event) => {
        show("closed", { code: event.code, words: event.reason });
        queue.put(null);
      },
    },
  });
  for (const question of questions) {
    session.sendClientContent({ turns: [{ role: "user", parts: [{ text: question }] }] });
    show("sent", question);
    for (;;) {
      const message = await queue.take();
      if (message === null) return;
      show("message", message);
      if (message.serverContent?.turnComplete) break;
    }
  }
  session.close();
}

main().catch((problem) => show("rejected", problem.message));
