// Node loads this before a program, by --require in NODE_OPTIONS. While GEMLIVE_EMULATOR_TRANSPARENT is HOST:PORT,
// connections to Google's Live hosts, ports 443 and 80, go there. http, https, tls, fetch, the built-in WebSocket and
// packages for it all connect by net.Socket. What a certificate has to be for is still Google's name.
"use strict";

const VARIABLE = "GEMLIVE_EMULATOR_TRANSPARENT";
const HOSTS = new Set([
  "generativelanguage.googleapis.com",
  "aiplatform.googleapis.com",
  "firebasevertexai.googleapis.com",
]);
const OF_A_REGION = /^[^.]+-aiplatform\.googleapis\.com$/;

const told = process.env[VARIABLE];
if (told) redirect(told);

function redirect(told) {
  const { Socket } = require("net");
  const [, host, port] = /^\[?([^\]]+)\]?:([0-9]+)$/.exec(told) ?? [];
  const connect = Socket.prototype.connect;

  Socket.prototype.connect = function (...given) {
    // net.connect hands over its arguments as [options, callback], with a symbol on the list that must stay there.
    const list = Array.isArray(given[0]) ? given[0] : given;
    if (typeof list[0] === "object" && list[0] !== null) {
      if (isGoogle(list[0].host, list[0].port)) list[0] = { ...list[0], ...there() };
    } else if (typeof list[1] === "string" && isGoogle(list[1], list[0])) {
      [list[1], list[0]] = [there().host, there().port];
    }
    return connect.apply(this, given);
  };

  function there() {
    // Going on to Google is the one thing that must not come of a mistake.
    if (!host) throw new Error(`${VARIABLE} is "${told}"; it has to be HOST:PORT of an emulator, or not be set.`);
    return { host, port: Number(port) };
  }
}

function isGoogle(host, port) {
  if (typeof host !== "string" || ![443, 80].includes(Number(port))) return false;
  const name = host.toLowerCase().replace(/\.$/, "");
  return HOSTS.has(name) || OF_A_REGION.test(name);
}
