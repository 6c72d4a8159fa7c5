// assistant.js
import { GoogleGenAI, Modality, Type } from '@google/genai';

const SWITCH_LIGHT = {
  name: 'switch_light',
  description: 'Switches the light on or off.',
  parameters: { type: Type.OBJECT, properties: { on: { type: Type.BOOLEAN } }, required: ['on'] },
};
const CONFIG = {
  responseModalities: [Modality.AUDIO],
  outputAudioTranscription: {},
  tools: [{ functionDeclarations: [SWITCH_LIGHT] }],
};

/** A voice assistant with a lamp and a loudspeaker. */
export class Assistant {
  constructor({ lamp, speaker }) {
    this.lamp = lamp;
    this.speaker = speaker;
    this.words = '';
  }

  async connect() {
    const ai = new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY });
    this.session = await ai.live.connect({
      model: 'gemini-2.5-flash-native-audio-preview-12-2025',
      config: CONFIG,
      callbacks: {
        onmessage: (message) => this.take(message),
        onclose: (event) => this.answer?.reject(new Error(`The line went dead: ${event.reason || event.code}`)),
      },
    });
  }

  /** The words of the answer, when all of it has been said or the user has interrupted it. */
  ask(text) {
    this.words = '';
    this.session.sendClientContent({ turns: [{ role: 'user', parts: [{ text }] }] });
    return new Promise((resolve, reject) => (this.answer = { resolve, reject }));
  }

  take({ toolCall, serverContent: content }) {
    for (const { id, name, args } of toolCall?.functionCalls ?? []) {
      this.lamp.on = args.on;
      this.session.sendToolResponse({ functionResponses: [{ id, name, response: { done: true } }] });
    }
    for (const { inlineData } of content?.modelTurn?.parts ?? []) {
      if (inlineData) this.speaker.play(Buffer.from(inlineData.data, 'base64'));
    }
    if (content?.interrupted) this.speaker.stop();
    this.words += content?.outputTranscription?.text ?? '';
    if (content?.turnComplete) this.answer?.resolve(this.words);
  }

  close() {
    this.session.close();
  }
}
