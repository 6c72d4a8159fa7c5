/**
 * Start an emulator on a free port, for this process: `const emulator = await start({ scenario: 'desk.yaml' })`.
 *
 * @param {object} [options]
 * @param {string} [options.scenario] a scenario file that says what the model says
 * @param {string[]} [options.args] further options of `gemlive-emulator exec`: `['--clock', 'manual']`
 * @param {string | string[]} [options.command] the command, if it is not `gemlive-emulator` on the path:
 *   `['python', '-m', 'gemlive_emulator']`
 * @returns {Promise<StartedEmulator>}
 * @throws {RemoteError} it does not start, and why
 */
export function start({ scenario, args, command }?: {
    scenario?: string | undefined;
    args?: string[] | undefined;
    command?: string | string[] | undefined;
}): Promise<StartedEmulator>;
/**
 * An emulator that {@link start} has started. It ends with this process, whatever ends that.
 */
export class StartedEmulator extends Emulator {
    /**
     * @param {{ url: string, log: string, stop(): Promise<void> }} keeper who has started it
     * @param {Record<string, string>} env
     */
    constructor(keeper: {
        url: string;
        log: string;
        stop(): Promise<void>;
    }, env: Record<string, string>);
    /** What the environment of a client has to have beside what is there, as `gemlive-emulator env` tells it. */
    env: Record<string, string>;
    /** What the emulator has logged lately. */
    get log(): string;
    /** Close every session and end it. */
    stop(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
    #private;
}
import { Emulator } from './remote.js';
