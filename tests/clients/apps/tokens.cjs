// Ephemeral tokens and several sessions at once on @google/genai; each outcome is a line of JSON.
//
//     node tokens.cjs make CONFIG          make a token; CONFIG is JSON, `ahead` in it is seconds until `expireTime`
//     node tokens.cjs open MODEL NUMBER    open so many sessions, one after the other, and keep them
//     node tokens.cjs resume MODEL         a turn, then resume with the handle, then begin anew
//     node tokens.cjs wait MODEL [HANDLE]  open or resume a session and wait until the server ends it
//     node tokens.cjs expire MODEL AHEAD   make a token that lasts so many seconds, and do the same with it
//
// Where the server is, and with which key or token to go there, is the environment's business.
const { GoogleGenAI, Modality } = require("@google/genai");

let client = new GoogleGenAI({});

function show(name, value) {
  console.log(JSON.stringify({ [name]: value }));
}

// An open session, its messages one by one (`null` when it is closed), and how it was closed.
async function open(model, handle) {
  const messages = [];
  const waiting = [];
  const put = (message) => (waiting.length ? waiting.shift()(message) : messages.push(message));
  const next = () => (messages.length ? Promise.resolve(messages.shift()) : new Promise((resolve) => waiting.push(resolve)));
  const session = await client.live.connect({
    model,
    config: { responseModalities: [Modality.TEXT], sessionResumption: { handle } },
    callbacks: {
      onmessage: put,
      onclose: (event) => {
        show("closed", { code: event.code, words: event.reason });
        put(null);
      },
    },
  });
  return { session, next };
}

// One question; gives the handle that comes behind the turn.
async function hold(model, question, handle) {
  const { session, next } = await open(model, handle);
  session.sendClientContent({ turns: [{ role: "user", parts: [{ text: question }] }] });
  let said = "";
  for (;;) {
    const message = await next();
    if (message === null) return undefined;
    for (const part of message.serverContent?.modelTurn?.parts ?? []) said += part.text ?? "";
    const given = message.sessionResumptionUpdate?.newHandle;
    if (given) {
      show("said", said);
      session.close();
      return given;
    }
  }
}

// A token's name.
async function token({ ahead, ...told }) {
  if (ahead !== undefined) told.expireTime = new Date(Date.now() + 1000 * ahead).toISOString();
  return (await client.authTokens.create({ config: told })).name;
}

const commands = {
  async make(config) {
    show("made", await token(JSON.parse(config)));
  },
  async open(model, number) {
    const kept = [];
    for (let count = 1; count <= Number(number); count++) {
      kept.push(await open(model));
      show("opened", count);
    }
  },
  async resume(model) {
    const handle = await hold(model, "Is Ada at home?");
    await hold(model, "What was the last question I asked?", handle);
    await hold(model, "Hello?");
  },
  async wait(model, handle) {
    const { next } = await open(model, handle);
    show("opened", 1);
    while ((await next()) !== null);
  },
  async expire(model, ahead) {
    client = new GoogleGenAI({ apiKey: await token({ ahead: Number(ahead) }) });
    await commands.wait(model);
  },
};

const [name, ...words] = process.argv.slice(2);
commands[name](...words)
  .catch((problem) => show("rejected", problem.message))
  .then(() => process.exit(0));
