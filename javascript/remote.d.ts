/** What `gemlive-emulator exec` and `env` set for clients of the emulator; so a program under them needs no address. */
export const URL_VARIABLE: "GOOGLE_GEMINI_BASE_URL";
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
    constructor(status: number, wrong: string, right?: string, options?: ErrorOptions);
    /** Of HTTP; 0 if nothing answered, or not an emulator. */
    status: number;
    /** What is wrong. */
    wrong: string;
    /** What would be right, or empty. */
    right: string;
}
/**
 * The HTTP interface of a running emulator.
 */
export class Emulator {
    /**
     * @param {object} [options]
     * @param {string} [options.url] where it is, with any scheme that it answers; without one, where the environment sends
     *   its clients (`GOOGLE_GEMINI_BASE_URL`, as `gemlive-emulator exec` and `env` set it)
     * @param {string} [options.token] its control token, if it wants one; `GEMLIVE_EMULATOR_CONTROL_TOKEN` without one
     * @throws {RemoteError} there is no address
     */
    constructor({ url, token }?: {
        url?: string | undefined;
        token?: string | undefined;
    });
    /** Where it is; the base URL of its clients. */
    url: string;
    /**
     * What the emulator tells at a path below the prefix: `get('/sessions')`.
     *
     * @param {string} path
     * @param {Record<string, string | number | undefined>} [query]
     * @returns {Promise<any>} JSON as its value, sound as a `Uint8Array`, other text as a string
     * @throws {RemoteError} nothing answers, or it refuses
     */
    get(path: string, query?: Record<string, string | number | undefined>): Promise<any>;
    /**
     * What the emulator answers to an order: `post('/clock/advance', { minutes: 10 })`.
     *
     * @param {string} path
     * @param {object} [body]
     * @returns {Promise<any>}
     * @throws {RemoteError} nothing answers, or it refuses
     */
    post(path: string, body?: object): Promise<any>;
    /**
     * Add a rule: `when({ text: 'weather' }, [{ say: 'It is raining.' }])`; names as in a scenario file.
     *
     * @param {Record<string, unknown>} conditions what a turn must be like
     * @param {Step[]} then what the model does
     */
    when(conditions: Record<string, unknown>, then: Step[]): Promise<void>;
    /**
     * Say what answers where no rule fits.
     *
     * @param {Step[]} then
     */
    otherwise(then: Step[]): Promise<void>;
    /**
     * Hold sessions that begin later to exchanges: `script([{ expect: { text: 'Hello' }, reply: [{ say: 'Hi.' }] }])`.
     *
     * @param {Record<string, unknown>[]} exchanges
     * @param {Record<string, unknown>} [callers] for which connections, such as `{ connection: 2 }`
     */
    script(exchanges: Record<string, unknown>[], callers?: Record<string, unknown>): Promise<void>;
    /**
     * Let a scenario answer, given as the text of its file.
     *
     * @param {string} text
     * @param {string} [name] what messages call it
     */
    load(text: string, name?: string): Promise<void>;
    /**
     * Fix the words of the next speech that is heard.
     *
     * @param {string} text
     */
    userSays(text: string): Promise<void>;
    /**
     * Let something go wrong on the line: `fault({ stall: '2s', at: 'audio 3' })`, `fault({ named: 'stale-handle' })`.
     *
     * @param {Step[]} faults
     */
    fault(...faults: Step[]): Promise<void>;
    /**
     * Move a manual clock on.
     *
     * @param {number | { seconds?: number, minutes?: number, hours?: number }} by seconds, or parts that add up
     * @returns {Promise<Moved>} what happened meanwhile
     */
    advance(by: number | {
        seconds?: number;
        minutes?: number;
        hours?: number;
    }): Promise<Moved>;
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
    waitFor(kind: EventKind, fields?: Record<string, unknown>, { timeout, session }?: {
        timeout?: number | undefined;
        session?: string | undefined;
    }): Promise<EmulatorEvent>;
    /**
     * What is told of a session.
     *
     * @param {string} [name] or `only` one, or the `last`
     * @returns {Promise<Session>}
     */
    session(name?: string): Promise<Session>;
    /**
     * Do something to an open session now: `act('interrupt')`, `act('close', { code: 1011 })`.
     *
     * @param {'inject' | 'say' | 'interrupt' | 'go-away' | 'close' | 'faults'} action
     * @param {object} [body]
     * @param {string} [session]
     * @returns {Promise<any>}
     */
    act(action: "inject" | "say" | "interrupt" | "go-away" | "close" | "faults", body?: object, session?: string): Promise<any>;
    /**
     * See that a session went as it should: `verify({ said: '/rain/', notCalled: ['light'] })`.
     *
     * @param {Course} course
     * @param {string} [session]
     * @throws {AssertionError} it did not, and what there was instead
     */
    verify(course: Course, session?: string): Promise<void>;
    /**
     * See that scripts were finished, faults have struck and nothing has failed.
     *
     * @throws {AssertionError} not so, and what is wrong
     */
    check(): Promise<void>;
    /**
     * Forget what a test has set or left.
     */
    reset(): Promise<void>;
    /**
     * What happened behind the event of a number and what happens from now on, until the emulator ends.
     *
     * @param {object} [options]
     * @param {number} [options.after]
     * @param {AbortSignal} [options.signal] ends it with the signal's reason
     * @returns {AsyncGenerator<EmulatorEvent, void, void>}
     */
    events({ after, signal }?: {
        after?: number | undefined;
        signal?: AbortSignal | undefined;
    }): AsyncGenerator<EmulatorEvent, void, void>;
    #private;
}
import type { Step } from './shapes.js';
import type { Moved } from './shapes.js';
import type { EventKind } from './shapes.js';
import type { EmulatorEvent } from './shapes.js';
import type { Session } from './shapes.js';
import type { Course } from './shapes.js';
