// around.test.js
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Emulator } from 'gemlive-emulator';

import { Assistant } from './assistant.js';

test('it says what the model says', async () => {
  const emulator = new Emulator();
  await emulator.otherwise([{ say: 'Good morning!' }]);
  const assistant = new Assistant({ speaker: { play() {} } });
  await assistant.connect();
  assert.equal(await assistant.ask('Hello'), 'Good morning!');
  assistant.close();
});
