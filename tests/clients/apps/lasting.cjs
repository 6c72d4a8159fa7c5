// A conversation on @google/genai that outlasts its connections: asks each line of standard input, and at goAway hangs up;
// the next question is asked on a new connection, with the handle.
//
//     node lasting.cjs MODEL MODALITY [--stay]
//
// Prints each message as a line of JSON. With --stay it does not listen to goAway, and is cut off in the end.
const { createInterface } = require("node:readline");
const { GoogleGenAI, Modality } = require("@google/genai");

const [model, modality, ...options] = process.argv.slice(2);
const moves = options.length === 0;
const client = new GoogleGenAI({});
let handle;
let session;

// One line; sound as its length.
function show(name, value) {
  const short = (key, held) => (key === "data" ? { bytes: Buffer.from(held, "base64").length } : held);
  console.log(JSON.stringify({ [name]: value }, short));
}

function connect() {
  return client.live.connect({
    model,
    config: {
      responseModalities: [Modality[modality]],
      outputAudioTranscription: modality === "AUDIO" ? {} : undefined,
      sessionResumption: { handle },
      // Without it a session of sound lasts for a quarter of an hour, over all its connections.
      contextWindowCompression: { slidingWindow: {} },
    },
    callbacks: {
      onmessage: (message) => {
        if (message.setupComplete) return show("connected", handle ?? null);
        handle = message.sessionResumptionUpdate?.newHandle ?? handle;
        show("message", message);
        if (message.goAway && moves) {
          session.then((current) => current.close());
          session = undefined;
        }
      },
      onclose: (event) => {
        if (event.code === 1000 || event.code === 1005) return show("left", true);
        show("refused", { code: event.code, words: event.reason });
        process.exit();
      },
    },
  });
}

async function main() {
  for await (const question of createInterface({ input: process.stdin })) {
    session ??= connect();
    (await session).sendClientContent({ turns: [{ role: "user", parts: [{ text: question }] }] });
  }
  (await session)?.close();
}

main().catch((problem) => {
  show("rejected", problem.message);
  process.exit(1);
});
