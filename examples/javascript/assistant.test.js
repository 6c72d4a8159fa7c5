// assistant.test.js
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { start } from 'gemlive-emulator';

import { Assistant } from './assistant.js';

const STORY = 'Once upon a time there was a clockmaker, whose clocks could not agree on when to strike the hour.';
let emulator, assistant, lamp, speaker;

before(async () => {
  emulator = await start({ args: ['--rate', '4'] });
  Object.assign(process.env, emulator.env);
});
after(() => emulator.stop());

beforeEach(async () => {
  lamp = { on: false };
  speaker = { played: 0, stopped: false, play: (sound) => (speaker.played += sound.length), stop: () => (speaker.stopped = true) };
  assistant = new Assistant({ lamp, speaker });
  await assistant.connect();
});
afterEach(async () => {
  assistant.close();
  await emulator.waitFor('close');
  await emulator.reset();
});

test('it switches the light', async () => {
  await emulator.when({ text: 'light' }, [{ call: 'switch_light', args: { on: true } }, { say: 'The light is on.' }]);
  assert.equal(await assistant.ask('Turn on the light, please.'), 'The light is on.');
  assert.equal(lamp.on, true);
  assert.ok(speaker.played > 24000);
  await emulator.verify({ called: [{ name: 'switch_light', times: 1, response: { done: true } }] });
});

test('it is silent as soon as the user speaks', async () => {
  await emulator.when({ text: 'story' }, [{ say: STORY }]);
  const heard = assistant.ask('Tell me a story.');
  await emulator.waitFor('speech_started');
  await emulator.act('interrupt');
  assert.notEqual(await heard, STORY);
  assert.equal(speaker.stopped, true);
  await emulator.verify({ interrupted: { times: 1 } });
});

test('it says that the line went dead', async () => {
  await emulator.fault({ close: { code: 1011, reason: 'Internal error encountered.' }, at: 'audio 1' });
  await assert.rejects(assistant.ask('Hello?'), /The line went dead: Internal error encountered\./);
});
