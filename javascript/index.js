// Starts and controls an emulator of the Gemini Live API.
export { Emulator, RemoteError } from './remote.js';
export { start, StartedEmulator } from './start.js';

/**
 * @typedef {import('./shapes.js').Call} Call
 * @typedef {import('./shapes.js').Course} Course
 * @typedef {import('./shapes.js').EmulatorEvent} EmulatorEvent
 * @typedef {import('./shapes.js').EventKind} EventKind
 * @typedef {import('./shapes.js').MessageWanted} MessageWanted
 * @typedef {import('./shapes.js').Moved} Moved
 * @typedef {import('./shapes.js').Session} Session
 * @typedef {import('./shapes.js').Step} Step
 * @typedef {import('./shapes.js').Turn} Turn
 */
