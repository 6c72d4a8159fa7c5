// A program on Node's own WebSocket that has Google's address in its code; and by https, tls and net, in a worker too.
const https = require("https");
const net = require("net");
const tls = require("tls");
const { Worker, isMainThread } = require("worker_threads");

const HOST = "generativelanguage.googleapis.com";
const URL = `wss://${HOST}/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=any`;
const MODEL = "models/gemini-2.0-flash-live-001";

function show(name, value) {
  console.log(JSON.stringify({ [name]: value }));
}

function fail(problem) {
  show("failed", problem.message);
  process.exitCode = 1;
}

function ask(name) {
  https.get(`https://europe-west4-aiplatform.googleapis.com/healthz`, (answer) => {
    show(name, answer.statusCode);
    answer.resume();
  }).on("error", fail);
}

if (isMainThread) {
  const socket = new WebSocket(URL);
  socket.onopen = () => socket.send(JSON.stringify({ setup: { model: MODEL } }));
  socket.onmessage = async (event) => {
    show("WebSocket", JSON.parse(await event.data.text()));
    socket.close();
  };
  socket.onerror = (event) => fail(event);
  ask("https");
  fetch(`https://${HOST}/healthz`).then((answer) => show("fetch", answer.status), fail);
  const secure = tls.connect({ host: HOST, port: 443, servername: HOST }, () => {
    show("tls", secure.authorized);
    secure.end();
  });
  secure.on("error", fail);
  const plain = net.connect(80, HOST, () => {
    show("net", plain.remoteAddress);
    plain.end();
  });
  plain.on("error", fail);
  new Worker(__filename).on("error", fail);
} else {
  ask("worker");
}
