// Drives @google/genai against an emulator, and the emulator over HTTP:
//
//     gemlive-emulator exec --clock manual -- node --test test/control.test.js
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { Emulator, RemoteError } from 'gemlive-emulator';

import { connect } from './client.js';

const WRITING = 'gemini-2.0-flash-live-001';
const SPEAKING = 'gemini-2.5-flash-native-audio-preview-12-2025';

const emulator = new Emulator();

let clients = [];

/** Open a session of the client; it is closed when the test is over. */
async function opened(model = WRITING, modality = 'TEXT') {
  const client = await connect(model, modality);
  clients.push(client);
  await emulator.waitFor('setup');
  return client;
}

/** Let the client ask, and time pass until it has its answer. */
async function answered(client, text) {
  client.ask(text);
  await emulator.waitFor('message', { has: 'clientContent' });
  await emulator.advance(10);
}

afterEach(async () => {
  for (const client of clients) {
    client.close();
    await client.ended;
    await emulator.waitFor('close');
  }
  clients = [];
  await emulator.reset();
});

test('a rule answers', async () => {
  const client = await opened();
  await emulator.when({ text: 'weather' }, [{ say: 'It is raining.' }]);
  await emulator.otherwise([{ say: 'Pardon?' }]);
  await answered(client, 'What is the weather like?');
  await answered(client, 'Hello');
  await emulator.verify({ said: 'It is raining.', heard: '/WEATHER/i', open: true });
  const { turns, heard, model } = await emulator.session();
  assert.deepEqual(heard, ['What is the weather like?', 'Hello']);
  assert.deepEqual(turns.map((turn) => turn.said), ['It is raining.', 'Pardon?']);
  assert.equal(model, WRITING);
});

test('a round of a tool is verified', async () => {
  const client = await opened();
  await emulator.when({ text: 'light' }, [{ call: 'switch_light', args: { on: true } }, { say: 'It is on.' }]);
  await answered(client, 'Turn on the light');
  const { details } = await emulator.waitFor('tool_response');
  assert.deepEqual(details.responses[0].response, { ok: true });
  await emulator.advance(10);
  const called = [{ name: 'switch_light', args: { on: true }, times: 1, response: { ok: true } }];
  await emulator.verify({ called, said: 'It is on.', order: ['clientContent', 'toolCall', 'toolResponse'] });
});

test('what did not hold is told with the account', async () => {
  await opened();
  await assert.rejects(emulator.verify({ said: 'Nothing was said.', notCalled: ['switch_light'] }), (error) => {
    assert.equal(error.name, 'AssertionError');
    assert.match(error.message, /Nothing was said/);
    assert.match(error.message, /setupComplete/);
    return true;
  });
});

test('the user breaks into an answer', async () => {
  const client = await opened(SPEAKING, 'AUDIO');
  await emulator.otherwise([{ say: 'Once upon a time there was a king who had a daughter and a great many clocks.' }]);
  await emulator.act('say', { text: 'Tell me a story', typed: true });
  await emulator.advance(2);
  await emulator.waitFor('speech_started');
  assert.equal((await emulator.act('interrupt')).interrupted, true);
  await emulator.waitFor('interrupted');
  await emulator.verify({ interrupted: { times: 1 } });
  assert.ok((await emulator.get(`/sessions/only/messages`, { side: 'server' })).messages.length > 2);
  await emulator.act('close', { how: 'eof' });
  assert.equal((await client.ended).code, 1006);
  assert.ok(client.messages.some((message) => message.serverContent?.interrupted));
});

test('speech is what it is said to be', async () => {
  const client = await opened(SPEAKING, 'AUDIO');
  await emulator.userSays('Good morning');
  const tone = Int16Array.from({ length: 16000 }, (_, at) => 9000 * Math.sin(at / 5) * Math.sin(at / 900));
  client.stream(tone.buffer);
  client.endOfStream();
  const { details } = await emulator.waitFor('heard');
  assert.equal(details.text, 'Good morning');
});

test('the connection is said to end, and ends', async () => {
  const client = await opened();
  await emulator.act('go-away', { timeLeft: '5s' });
  await emulator.act('close', { code: 1011, reason: 'Internal error encountered.' });
  const { code, reason } = await client.ended;
  assert.deepEqual({ code, reason }, { code: 1011, reason: 'Internal error encountered.' });
  assert.ok(client.messages.some((message) => message.goAway?.timeLeft === '5s'));
  await emulator.verify({ closed: { code: 1011 } });
});

test('ten minutes pass at once', async () => {
  const client = await opened();
  const moved = await emulator.advance({ minutes: 10 });
  assert.equal(moved.seconds, 600);
  assert.equal(moved.happened.go_away, 1);
  assert.deepEqual(moved.ended.map((end) => end.code), [1011]);
  assert.equal((await client.ended).code, 1011);
});

test('each event is found once', async () => {
  await opened();
  await emulator.otherwise([{ say: 'Yes.' }]);
  const found = [];
  for (const text of ['One?', 'Two?']) {
    await emulator.act('say', { text, typed: true });
    await emulator.advance(5);
    found.push(await emulator.waitFor('said', { text: 'Yes.' }));
  }
  assert.ok(found[0].number < found[1].number);
  await assert.rejects(emulator.waitFor('said', { text: 'Yes.' }, { timeout: 0 }), (error) => {
    assert.equal(error.name, 'AssertionError');
    assert.match(error.message, /said\(.*\) has not happened within 0 s; this has:\n(.*\n)*.*Yes\./);
    return true;
  });
});

test('a script holds a session', async () => {
  await emulator.script([{ expect: { text: 'Hello' }, reply: [{ say: 'Good day.' }] }]);
  const client = await opened();
  await assert.rejects(emulator.check(), { name: 'AssertionError', message: /not reached yet/ });
  await answered(client, 'Hello');
  await emulator.verify({ said: 'Good day.' });
  await emulator.check();
});

test('a scenario and a fault take effect', async () => {
  await emulator.load('otherwise: [{say: "By the file."}]', 'desk.yaml');
  await emulator.fault({ close: 1011, at: 'turn 1' });
  const client = await opened();
  await answered(client, 'Hello');
  await emulator.waitFor('fault');
  assert.equal((await client.ended).code, 1011);
  await emulator.check();
  const scenario = await emulator.get('/scenario');
  assert.equal(scenario.origin, 'replaced');
});

test('events are told as they happen', async () => {
  const client = await opened();
  await emulator.otherwise([{ say: 'Yes, indeed: ünïcödé 🦜.' }]);
  const { number } = (await emulator.get('/events')).events.at(-1);
  const { name } = await emulator.session();
  const kinds = [];
  const finished = answered(client, 'Is it?');
  for await (const event of emulator.events({ after: number })) {
    assert.equal(event.session, name);
    kinds.push(event.kind);
    if (event.kind === 'said') assert.equal(event.details.text, 'Yes, indeed: ünïcödé 🦜.');
    if (event.kind === 'turn_complete') break;
  }
  await finished;
  assert.deepEqual(kinds.slice(0, 1), ['message']);
  assert.ok(kinds.indexOf('said') > kinds.indexOf('heard'));
});

test('watching ends by a signal', async () => {
  await opened();
  const enough = new AbortController();
  const watched = emulator.events({ signal: enough.signal });
  assert.equal((await watched.next()).value.kind, 'message');
  enough.abort(new Error('enough'));
  await assert.rejects(async () => {
    for await (const event of watched) assert.ok(event.number);
  }, /enough/);
  await assert.rejects(emulator.events({ signal: enough.signal }).next(), /enough/);
});

test('refusals say what is wrong and what would be right', async () => {
  await assert.rejects(emulator.load('rules:\n  - when: {txt: hello}\n    then: [{say: Hello!}]', 'desk.yaml'), (error) => {
    assert.ok(error instanceof RemoteError);
    assert.equal(error.status, 400);
    assert.equal(error.wrong, "desk.yaml:2:12: unknown key 'txt'");
    assert.equal(error.right, "did you mean 'text'?");
    assert.equal(error.message, `${error.wrong}; ${error.right}`);
    return true;
  });
  await assert.rejects(emulator.session('nobody/else'), { status: 404 });
  await assert.rejects(emulator.act('say', { text: 'Hello' }), { status: 409 });
});

test('texts and sound come as what they are', async () => {
  await opened();
  assert.match(await emulator.get(`/sessions/only/account`), /setupComplete/);
  assert.equal(typeof (await emulator.get(`/sessions/only/recording`)), 'string');
  await assert.rejects(emulator.get(`/sessions/only/audio`), { status: 409 });
});
