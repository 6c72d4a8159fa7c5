// Holds the conversations of a plan with @google/genai, all at once: typed turns, and functions answered from a table.
//
//     node converse.cjs PLAN
//
// The same plans and lines as those of converse.py, as far as they are typed (`ask`).
const fs = require("node:fs");
const { GoogleGenAI } = require("@google/genai");

// A line for what happened in a session; sound as its length.
function tell(talk, kind, value) {
  const short = (key, held) => (key === "data" ? { bytes: Buffer.from(held, "base64").length } : held);
  console.log(JSON.stringify({ talk, at: performance.now() / 1000, [kind]: value }, short));
}

// One session: each question waits for the end of the answer to the one before.
function hold(name, { url, model, config, functions, steps }) {
  return new Promise((over, failed) => {
    let session;
    let open = true;
    let trouble = "";
    const end = () => {
      open = false;
      session?.close();
      over();
    };
    const next = () => {
      if (steps.length === 0) return end();
      const [, text] = steps.shift();
      tell(name, "sent", ["text"]);
      session.sendClientContent({ turns: [{ role: "user", parts: [{ text }] }] });
    };
    const answer = (call) => {
      const fields = functions[call.name].shift();
      session.sendToolResponse({ functionResponses: [{ id: call.id, name: call.name, ...fields }] });
    };
    const onmessage = (message) => {
      tell(name, "message", message);
      message.toolCall?.functionCalls?.forEach(answer);
      if (message.serverContent?.turnComplete) next();
    };
    const onclose = (event) => {
      if (!open) return;
      tell(name, "refused", { code: event.code, words: event.reason || trouble });
      end();
    };
    const onerror = (event) => (trouble = event.message);
    const client = new GoogleGenAI({ apiKey: "any", vertexai: false, httpOptions: { baseUrl: url } });
    client.live.connect({ model, config, callbacks: { onmessage, onerror, onclose } }).then((opened) => {
      session = opened;
      next();
    }, failed);
  });
}

async function converse([name, talks]) {
  for (const [at, talk] of talks.entries()) await hold(`${name} ${at + 1}`, talk);
}

const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
Promise.all(Object.entries(plan).map(converse)).then(() => process.exit(0));
