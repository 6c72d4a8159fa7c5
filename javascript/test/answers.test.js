// What a client makes of answers that an emulator seldom gives, from a server that gives nothing else.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test } from 'node:test';

import { Emulator, RemoteError } from 'gemlive-emulator';

/** The address of a server that answers its requests with these functions, one after the other. */
async function serving(t, ...answers) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`.trim());
    answers.shift()(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${server.address().port}`, asked };
}

const told = (kind, content) => (response) => response.setHeader('Content-Type', kind).end(content);
const event = (number) => `id: ${number}\nevent: said\ndata: ${JSON.stringify({ number })}\n\n`;

test('a stream that is cut goes on where it was', async (t) => {
  const cut = (response) => response.write(event(7).slice(0, -9), () => response.destroy());
  const cutLater = (response) => response.write(event(7) + event(8).slice(0, 20), () => response.destroy());
  const refused = (response) => {
    response.statusCode = 401;
    told('application/json', '{"error": {"message": "no token", "right": "bring it"}}')(response);
  };
  const { url, asked } = await serving(t, cut, cutLater, told('text/event-stream', event(8) + event(9)), refused);
  const seen = [];
  const watching = (async () => {
    for await (const { number } of new Emulator({ url, token: 'secret' }).events({ after: 6 })) seen.push(number);
  })();
  await assert.rejects(watching, { status: 401, wrong: 'no token', right: 'bring it' });
  assert.deepEqual(seen, [7, 8, 9]);
  const stream = 'GET /emulator/v1/events/stream?after=';
  assert.deepEqual(asked, [6, 6, 7, 9].map((after) => `${stream}${after} Bearer secret`));
});

test('something else than an emulator is told from one', async (t) => {
  const failed = (response) => {
    response.statusCode = 502;
    response.end('<html>Bad gateway</html>');
  };
  const { url } = await serving(t, failed);
  await assert.rejects(new Emulator({ url }).check(), (error) => {
    assert.ok(error instanceof RemoteError);
    assert.equal(error.status, 0);
    assert.match(error.message, /is no emulator, or one that is too old/);
    return true;
  });
});

test('an answer that breaks off is told', async (t) => {
  const { url } = await serving(t, (response) => {
    response.setHeader('Content-Type', 'application/json').write('{"status":', () => response.destroy());
  });
  await assert.rejects(new Emulator({ url }).get('/health'), { status: 0, message: /does not answer any more/ });
});

test('sound comes as its octets', async (t) => {
  const { url, asked } = await serving(t, told('audio/wav', 'RIFF'));
  const sound = await new Emulator({ url: url.replace('http', 'ws') }).get('/sessions/only/audio', { side: 'client', kind: undefined });
  assert.deepEqual(sound, new Uint8Array(Buffer.from('RIFF')));
  assert.deepEqual(asked, ['GET /emulator/v1/sessions/only/audio?side=client']);
});

test('an address has to be one', () => {
  for (const url of ['', 'localhost:8765', 'ftp://localhost', 'http://']) {
    assert.throws(() => new Emulator({ url }), { name: 'RemoteError', message: /is no address; give one like http:/ });
  }
});
