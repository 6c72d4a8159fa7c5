// The client under test: @google/genai, unmodified, with nothing but its environment.
import { createRequire } from 'node:module';

// By `require`, which also looks where NODE_PATH says.
const { GoogleGenAI, Modality, Type } = createRequire(import.meta.url)('@google/genai');

const SWITCH = { name: 'switch_light', parameters: { type: Type.OBJECT, properties: { on: { type: Type.BOOLEAN } } } };

/**
 * Open a session that answers all calls with `{ ok: true }` and keeps what it is told.
 */
export async function connect(model, modality) {
  const messages = [];
  let closed;
  const ended = new Promise((resolve) => (closed = resolve));
  const onmessage = (message) => {
    messages.push(message);
    const calls = message.toolCall?.functionCalls ?? [];
    const functionResponses = calls.map(({ id, name }) => ({ id, name, response: { ok: true } }));
    if (calls.length) session.sendToolResponse({ functionResponses });
  };
  const session = await new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY }).live.connect({
    model,
    config: { responseModalities: [Modality[modality]], tools: [{ functionDeclarations: [SWITCH] }] },
    callbacks: { onmessage, onclose: closed },
  });
  return {
    messages,
    ended,
    ask: (text) => session.sendClientContent({ turns: [{ role: 'user', parts: [{ text }] }] }),
    stream: (octets) =>
      session.sendRealtimeInput({ audio: { data: Buffer.from(octets).toString('base64'), mimeType: 'audio/pcm;rate=16000' } }),
    endOfStream: () => session.sendRealtimeInput({ audioStreamEnd: true }),
    close: () => session.close(),
  };
}
