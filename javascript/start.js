// Starts an emulator for as long as this process needs it.
import { spawn } from 'node:child_process';

import { Emulator, RemoteError, URL_VARIABLE } from './remote.js';

const MOST_LOG = 200_000;

/**
 * An emulator that {@link start} has started. It ends with this process, whatever ends that.
 */
export class StartedEmulator extends Emulator {
  #keeper;

  /**
   * @param {{ url: string, log: string, stop(): Promise<void> }} keeper who has started it
   * @param {Record<string, string>} env
   */
  constructor(keeper, env) {
    super({ url: keeper.url });
    this.#keeper = keeper;
    /** What the environment of a client has to have beside what is there, as `gemlive-emulator env` tells it. */
    this.env = env;
  }

  /** What the emulator has logged lately. */
  get log() {
    return this.#keeper.log;
  }

  /** Close every session and end it. */
  async stop() {
    await this.#keeper.stop();
  }

  async [Symbol.asyncDispose]() {
    await this.stop();
  }
}

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
export async function start({ scenario = undefined, args = [], command = 'gemlive-emulator' } = {}) {
  const options = [...(scenario === undefined ? [] : ['--scenario', scenario]), ...args];
  const keeper = new Keeper([command].flat(), options);
  const present = process.env;
  const told = Object.entries(await keeper.started());
  return new StartedEmulator(keeper, Object.fromEntries(told.filter(([name, value]) => value !== present[name])));
}

// What `exec` runs: it tells its environment, and ends when nobody holds its standard input any more. The system lets
// go of that even if this process is killed, so no emulator is left behind.
const KEPT = `
process.on('SIGINT', () => {});
process.stdout.write(JSON.stringify(process.env) + '\\n');
process.stdin.on('close', () => process.exit()).resume();
`;

/** The process of an emulator that was started. */
class Keeper {
  #child;
  #command;
  #ended;
  #said = '';
  url = '';
  log = '';

  /**
   * @param {string[]} command
   * @param {string[]} options
   */
  constructor([program = '', ...words], options) {
    this.#command = program;
    this.#child = spawn(program, [...words, 'exec', ...options, '--', process.execPath, '-e', KEPT], { windowsHide: true });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.log = (this.log + text).slice(-MOST_LOG)));
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', resolve).on('close', (code) => resolve(code));
    });
  }

  /**
   * Its environment, as soon as it is ready.
   *
   * @returns {Promise<Record<string, string>>}
   */
  async started() {
    const line = new Promise((resolve) => {
      this.#child.stdout.setEncoding('utf8').on('data', (text) => {
        this.#said += text;
        if (this.#said.endsWith('\n')) resolve(true);
      });
    });
    const end = await Promise.race([line, this.#ended]);
    if (end !== true) throw this.#failure(end);
    const env = JSON.parse(this.#said);
    // Whatever scheme its clients need, the port answers http too, for which nobody has to be trusted.
    this.url = env[URL_VARIABLE].replace(/^wss?/, 'http');
    this.#hold(false);
    return env;
  }

  async stop() {
    this.#hold(true);
    this.#child.stdin.end();
    await this.#ended;
  }

  /** @param {unknown} end */
  #failure(end) {
    if (end instanceof Error && 'code' in end && end.code === 'ENOENT') {
      const right = 'install it (python -m pip install gemlive-emulator), or say by `command` what starts it';
      return new RemoteError(0, `there is no command ${this.#command}`, right, { cause: end });
    }
    const why = end instanceof Error ? end.message : this.log.trim() || `it ended with code ${end}`;
    return new RemoteError(0, `the emulator did not start: ${why}`);
  }

  /**
   * Whether this process stays for it. A test that forgets to stop its emulator ends all the same.
   *
   * @param {boolean} held
   */
  #hold(held) {
    const { stdin, stdout, stderr } = this.#child;
    for (const one of /** @type {any[]} */ ([this.#child, stdin, stdout, stderr])) held ? one.ref() : one.unref();
  }
}
