// Speaks to live sessions of @google/genai, all of those in a plan at once, and prints what happened when.
//
//     node speak.cjs PLAN
//
// The same plans and the same lines as those of speak.py.
const fs = require("node:fs");
const { GoogleGenAI } = require("@google/genai");

const seconds = () => performance.now() / 1000;
const sleep = (delay) => new Promise((resolve) => setTimeout(resolve, Math.max(0, delay * 1000)));
const camel = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());

// A configuration with its keys in this SDK's spelling.
function inCamelCase(held) {
  if (Array.isArray(held)) return held.map(inCamelCase);
  if (held === null || typeof held !== "object") return held;
  return Object.fromEntries(Object.entries(held).map(([key, value]) => [camel(key), inCamelCase(value)]));
}

class Talker {
  constructor(name, talk) {
    this.name = name;
    this.talk = talk;
    this.counts = {};
    this.pieces = 0;
    this.called = [];
    this.wake = () => {};
  }

  // One line; sound as its length.
  tell(kind, value) {
    const short = (key, held) => (key === "data" ? { bytes: Buffer.from(held, "base64").length } : held);
    console.log(JSON.stringify({ talk: this.name, at: seconds(), [kind]: value }, short));
  }

  take(message) {
    this.tell("message", message);
    for (const name of [...Object.keys(message), ...Object.keys(message.serverContent ?? {})]) {
      this.counts[name] = (this.counts[name] ?? 0) + 1;
    }
    this.called.push(...(message.toolCall?.functionCalls ?? []));
    this.wake();
  }

  async connect() {
    this.closed = new Promise((resolve) => (this.whenClosed = resolve));
    this.session = await new GoogleGenAI({ vertexai: this.talk.vertex }).live.connect({
      model: this.talk.model,
      config: inCamelCase(this.talk.config),
      callbacks: {
        onmessage: (message) => this.take(message),
        onclose: (event) => {
          if (!this.leaving) this.tell("refused", { code: event.code, words: event.reason });
          this.whenClosed();
        },
      },
    });
  }

  async hold() {
    await Promise.race([this.do(), this.closed]);
    this.leaving = true;
    this.session.close();
  }

  async do() {
    for (const [step, ...given] of this.talk.steps) await this[step](...given);
  }

  async hear(what, times) {
    while ((this.counts[camel(what)] ?? 0) < times) await new Promise((resolve) => (this.wake = resolve));
  }

  async say(text) {
    this.tell("sent", ["text"]);
    this.session.sendClientContent({ turns: [{ role: "user", parts: [{ text }] }] });
  }

  wait(delay) {
    return sleep(delay);
  }

  async stream(field, file, mimeType, size, every) {
    const sound = fs.readFileSync(file);
    const start = seconds();
    for (let at = 0; at < sound.length; at += size) {
      if (every) await sleep(start + (at / size) * every - seconds());
      const data = sound.subarray(at, at + size).toString("base64");
      this.tell("sent", [field, this.pieces++]);
      this.session.sendRealtimeInput({ [field]: { data, mimeType } });
    }
  }

  async respond(...answers) {
    this.tell("sent", ["response"]);
    const functionResponses = answers.map(([number, { response, ...more }]) => {
      const { id, name } = this.called[number];
      return { id, name, response, ...inCamelCase(more) };
    });
    this.session.sendToolResponse({ functionResponses });
  }

  async signal(name) {
    this.tell("sent", [name]);
    this.session.sendRealtimeInput({ [camel(name)]: name === "audio_stream_end" ? true : {} });
  }
}

// All talks side by side, once every session is open.
async function main() {
  const plan = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
  const talkers = Object.entries(plan).map(([name, talk]) => new Talker(name, talk));
  await Promise.all(talkers.map((talker) => talker.connect()));
  await Promise.all(talkers.map((talker) => talker.hold()));
  process.exit(0);
}

main();
