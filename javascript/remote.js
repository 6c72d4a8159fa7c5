// Controls an emulator that runs elsewhere: in another process, in a container.

/** @import { Course, EmulatorEvent, EventKind, Moved, Session, Step } from './shapes.js' */

import { AssertionError } from 'node:assert';

const PREFIX = '/emulator/v1';

/** What `gemlive-emulator exec` and `env` set for clients of the emulator; so a program under them needs no address. */
export const URL_VARIABLE = 'GOOGLE_GEMINI_BASE_URL';
const TOKEN_VARIABLE = 'GEMLIVE_EMULATOR_CONTROL_TOKEN';

/**
 * The emulator is not there, does not start, or refuses.
 */
export class RemoteError extends Error {
  /**
   * @param {number} status of HTTP; 0 if nothing answered, or not an emulator
   * @param {string} wrong what is wrong
   * @param {string} [right] what would be right
   * @param {ErrorOptions} [options] its cause
   */
  constructor(status, wrong, right = '', options = undefined) {
    super(right ? `${wrong}; ${right}` : wrong, options);
    this.name = 'RemoteError';
    /** Of HTTP; 0 if nothing answered, or not an emulator. */
    this.status = status;
    /** What is wrong. */
    this.wrong = wrong;
    /** What would be right, or empty. */
    this.right = right;
  }
}

/**
 * The HTTP interface of a running emulator.
 */
export class Emulator {
  /** @type {Set<number>} */
  #found = new Set();
  /** @type {string} */
  #base;
  /** @type {string | undefined} */
  #token;

  /**
   * @param {object} [options]
   * @param {string} [options.url] where it is, with any scheme that it answers; without one, where the environment sends
   *   its clients (`GOOGLE_GEMINI_BASE_URL`, as `gemlive-emulator exec` and `env` set it)
   * @param {string} [options.token] its control token, if it wants one; `GEMLIVE_EMULATOR_CONTROL_TOKEN` without one
   * @throws {RemoteError} there is no address
   */
  constructor({ url = process.env[URL_VARIABLE] ?? '', token = process.env[TOKEN_VARIABLE] } = {}) {
    if (!/^(http|ws)s?:\/\//.test(url) || !URL.canParse(url)) {
      const right = 'give one like http://127.0.0.1:8765, or run this by `gemlive-emulator exec -- ...`';
      throw new RemoteError(0, `'${url}' is no address`, right);
    }
    /** Where it is; the base URL of its clients. */
    this.url = url;
    this.#base = url.replace(/^ws/, 'http');
    this.#token = token || undefined;
  }

  /**
   * What the emulator tells at a path below the prefix: `get('/sessions')`.
   *
   * @param {string} path
   * @param {Record<string, string | number | undefined>} [query]
   * @returns {Promise<any>} JSON as its value, sound as a `Uint8Array`, other text as a string
   * @throws {RemoteError} nothing answers, or it refuses
   */
  async get(path, query = {}) {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.set(name, String(value));
    return this.#told('GET', asked.size ? `${path}?${asked}` : path);
  }

  /**
   * What the emulator answers to an order: `post('/clock/advance', { minutes: 10 })`.
   *
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<any>}
   * @throws {RemoteError} nothing answers, or it refuses
   */
  async post(path, body = {}) {
    return this.#told('POST', path, body);
  }

  /**
   * Add a rule: `when({ text: 'weather' }, [{ say: 'It is raining.' }])`; names as in a scenario file.
   *
   * @param {Record<string, unknown>} conditions what a turn must be like
   * @param {Step[]} then what the model does
   */
  async when(conditions, then) {
    await this.post('/rules', { rules: [{ when: conditions, then }] });
  }

  /**
   * Say what answers where no rule fits.
   *
   * @param {Step[]} then
   */
  async otherwise(then) {
    await this.post('/rules', { otherwise: then });
  }

  /**
   * Hold sessions that begin later to exchanges: `script([{ expect: { text: 'Hello' }, reply: [{ say: 'Hi.' }] }])`.
   *
   * @param {Record<string, unknown>[]} exchanges
   * @param {Record<string, unknown>} [callers] for which connections, such as `{ connection: 2 }`
   */
  async script(exchanges, callers = undefined) {
    await this.post('/scripts', { script: exchanges, ...(callers && { for: callers }) });
  }

  /**
   * Let a scenario answer, given as the text of its file.
   *
   * @param {string} text
   * @param {string} [name] what messages call it
   */
  async load(text, name = 'scenario') {
    await this.post('/scenario', { text, name });
  }

  /**
   * Fix the words of the next speech that is heard.
   *
   * @param {string} text
   */
  async userSays(text) {
    await this.post('/user-says', { text });
  }

  /**
   * Let something go wrong on the line: `fault({ stall: '2s', at: 'audio 3' })`, `fault({ named: 'stale-handle' })`.
   *
   * @param {Step[]} faults
   */
  async fault(...faults) {
    await this.post('/faults', { faults });
  }

  /**
   * Move a manual clock on.
   *
   * @param {number | { seconds?: number, minutes?: number, hours?: number }} by seconds, or parts that add up
   * @returns {Promise<Moved>} what happened meanwhile
   */
  async advance(by) {
    return this.post('/clock/advance', typeof by === 'number' ? { seconds: by } : by);
  }

  /**
   * Wait until something happens, or find that it has: the first that no earlier call has found.
   *
   * @param {EventKind} kind
   * @param {Record<string, unknown>} [fields] what its details have to be, as far as they are named
   * @param {object} [options]
   * @param {number} [options.timeout] seconds, less than 300
   * @param {string} [options.session] only in this session
   * @returns {Promise<EmulatorEvent>}
   * @throws {AssertionError} it has not, and what came instead
   */
  async waitFor(kind, fields = {}, { timeout = 5, session = undefined } = {}) {
    for (let after = 0; ; ) {
      const { event, instead } = await this.post('/wait', { kind, fields, session, timeout, after });
      if (event === null) throw new AssertionError({ message: instead });
      after = event.number;
      if (!this.#found.has(after)) {
        this.#found.add(after);
        return event;
      }
    }
  }

  /**
   * What is told of a session.
   *
   * @param {string} [name] or `only` one, or the `last`
   * @returns {Promise<Session>}
   */
  async session(name = 'only') {
    return this.get(`/sessions/${encodeURIComponent(name)}`);
  }

  /**
   * Do something to an open session now: `act('interrupt')`, `act('close', { code: 1011 })`.
   *
   * @param {'inject' | 'say' | 'interrupt' | 'go-away' | 'close' | 'faults'} action
   * @param {object} [body]
   * @param {string} [session]
   * @returns {Promise<any>}
   */
  async act(action, body = {}, session = 'only') {
    return this.post(`/sessions/${encodeURIComponent(session)}/${action}`, body);
  }

  /**
   * See that a session went as it should: `verify({ said: '/rain/', notCalled: ['light'] })`.
   *
   * @param {Course} course
   * @param {string} [session]
   * @throws {AssertionError} it did not, and what there was instead
   */
  async verify(course, session = 'only') {
    hold(await this.post(`/sessions/${encodeURIComponent(session)}/verify`, course));
  }

  /**
   * See that scripts were finished, faults have struck and nothing has failed.
   *
   * @throws {AssertionError} not so, and what is wrong
   */
  async check() {
    hold(await this.post('/verify'));
  }

  /**
   * Forget what a test has set or left.
   */
  async reset() {
    await this.post('/reset');
    this.#found.clear();
  }

  /**
   * What happened behind the event of a number and what happens from now on, until the emulator ends.
   *
   * @param {object} [options]
   * @param {number} [options.after]
   * @param {AbortSignal} [options.signal] ends it with the signal's reason
   * @returns {AsyncGenerator<EmulatorEvent, void, void>}
   */
  async *events({ after = 0, signal = undefined } = {}) {
    const watch = () => this.#sent('GET', `/events/stream?after=${after}`, undefined, signal);
    for (let response = await watch(); ; ) {
      try {
        for await (const line of linesOf(response)) {
          if (!line.startsWith('data: ')) continue;
          const event = JSON.parse(line.slice(6));
          after = event.number;
          yield event;
        }
      } catch {
        signal?.throwIfAborted();
      }
      // Cut, perhaps by fetch itself, which gives up on a stream that is silent for minutes.
      try {
        response = await watch();
      } catch (error) {
        if (error instanceof RemoteError && error.status === 0) return;
        throw error;
      }
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async #told(method, path, body) {
    const response = await this.#sent(method, path, body);
    const kind = response.headers.get('Content-Type') ?? '';
    try {
      if (/^application\/json(;|$)/.test(kind)) return await response.json();
      return kind.startsWith('audio/') ? new Uint8Array(await response.arrayBuffer()) : await response.text();
    } catch (error) {
      throw new RemoteError(0, `${this.url} does not answer any more`, '', { cause: error });
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @param {AbortSignal} [signal]
   */
  async #sent(method, path, body, signal) {
    /** @type {Record<string, string>} */
    const headers = body ? { 'Content-Type': 'application/json' } : {};
    if (this.#token) headers.Authorization = `Bearer ${this.#token}`;
    let response;
    try {
      const request = { method, headers, body: body && JSON.stringify(body), signal };
      response = await fetch(new URL(PREFIX + path, this.#base), request);
    } catch (error) {
      signal?.throwIfAborted();
      const { cause = error } = /** @type {Error} */ (error);
      const why = /** @type {any} */ (cause);
      const wrong = `nothing answers at ${this.url} (${why.code ?? why.message})`;
      throw new RemoteError(0, wrong, 'start one with `gemlive-emulator serve`', { cause });
    }
    if (response.status === 200) return response;
    throw await refusal(this.url, response);
  }
}

/** @param {{ ok: boolean, wrong: string[] }} verified */
function hold({ ok, wrong }) {
  if (!ok) throw new AssertionError({ message: wrong.join('\n\n') });
}

/**
 * @param {string} url
 * @param {Response} response
 */
async function refusal(url, response) {
  try {
    const { error } = /** @type {any} */ (await response.json());
    return new RemoteError(response.status, error.message, error.right);
  } catch (cause) {
    return new RemoteError(0, `what answers at ${url} is no emulator, or one that is too old`, '', { cause });
  }
}

/** @param {Response} response */
async function* linesOf(response) {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const octets of /** @type {AsyncIterable<Uint8Array>} */ (response.body)) {
    const lines = (rest + decoder.decode(octets, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
