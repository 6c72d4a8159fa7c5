// time.test.js
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { start } from 'gemlive-emulator';

import { Assistant } from './assistant.js';

test('it is told before the ten minutes of a connection are over', async () => {
  const emulator = await start({ args: ['--clock', 'manual'] });
  Object.assign(process.env, emulator.env);
  await new Assistant({}).connect();
  await emulator.advance({ minutes: 10 });
  const { details } = await emulator.waitFor('go_away');
  assert.equal(details.time_left, 50);
  await emulator.verify({ order: ['setupComplete', 'goAway'], closed: { code: 1011 } });
  await emulator.stop();
});
