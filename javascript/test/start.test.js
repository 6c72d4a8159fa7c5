// Starts and stops emulators; `gemlive-emulator` has to be on the path.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { test } from 'node:test';

import { Emulator, RemoteError, start } from 'gemlive-emulator';

/** A folder that is there during the test. */
function folderFor(t) {
  const folder = mkdtempSync(join(tmpdir(), 'gemlive-emulator-js-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('an emulator is started and stopped', async (t) => {
  const scenario = join(folderFor(t), 'desk.yaml');
  writeFileSync(scenario, 'otherwise: [{say: "What the file says."}]\n');
  const emulator = await start({ scenario, args: ['--clock', 'manual', '--vertex'] });
  assert.equal((await emulator.get('/health')).clock, 'manual');
  assert.equal((await emulator.get('/scenario')).origin, 'file');
  assert.equal((await emulator.advance({ hours: 1 })).seconds, 3600);
  assert.match(emulator.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(emulator.env.GOOGLE_GEMINI_BASE_URL, emulator.url.replace('http', 'wss'));
  assert.equal(emulator.env.GOOGLE_GENAI_USE_VERTEXAI, 'true');
  assert.equal(emulator.env.PATH, undefined);

  const watched = emulator.events();
  const next = watched.next();
  await emulator.stop();
  assert.equal((await next).done, true, 'who watches is told that it has ended');
  await emulator[Symbol.asyncDispose]();
  await assert.rejects(emulator.get('/health'), { status: 0, message: /nothing answers at .*ECONNREFUSED/ });
});

test('several run side by side', async () => {
  const [one, other] = await Promise.all([start(), start({ command: ['gemlive-emulator'] })]);
  assert.notEqual(one.url, other.url);
  await one.stop();
  assert.equal((await other.get('/health')).status, 'ok');
  await other.stop();
});

test('what keeps it from starting is said', async (t) => {
  const scenario = join(folderFor(t), 'desk.yaml');
  writeFileSync(scenario, 'otherwise: [{sya: "Hello."}]\n');
  await assert.rejects(start({ scenario }), (error) => {
    assert.ok(error instanceof RemoteError);
    assert.match(error.message, /did not start: .*unknown step 'sya'/s);
    return true;
  });
  await assert.rejects(start({ command: 'no-such-command' }), { message: /no command no-such-command; .*`command`/ });
});

test('it ends with the process that has started it, also when that is killed or forgets to', async () => {
  const begin = `import { start } from 'gemlive-emulator'; console.log((await start()).url);`;
  for (const rest of ['', 'setInterval(() => {}, 1000);']) {
    const owner = spawn(process.execPath, ['--input-type=module', '-e', begin + rest], { cwd: import.meta.dirname });
    const gone = once(owner, 'exit');
    const [line] = await once(owner.stdout.setEncoding('utf8'), 'data');
    const emulator = new Emulator({ url: line.trim() });
    const watched = emulator.events();
    const next = watched.next().catch(() => ({ done: true }));
    if (rest) owner.kill('SIGKILL');
    await gone;
    assert.equal((await next).done, true);
  }
});
