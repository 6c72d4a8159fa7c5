/** A step of a reply, or a fault, as a scenario file has it. */
export type Step = string | Record<string, unknown>;

export type EventKind =
  | 'setup'
  | 'message'
  | 'activity_started'
  | 'activity_ended'
  | 'heard'
  | 'rule_chosen'
  | 'turn_started'
  | 'speech_started'
  | 'said'
  | 'generation_complete'
  | 'interrupted'
  | 'tool_calls'
  | 'tool_response'
  | 'tool_calls_cancelled'
  | 'google_tool'
  | 'handle'
  | 'fault'
  | 'turn_complete'
  | 'go_away'
  | 'close';

/** One thing that happened. */
export interface EmulatorEvent {
  /** Its place among all that happened in the emulator. */
  number: number;
  /** The name of the session. */
  session: string;
  /** Seconds on the emulator's clock. */
  time: number;
  kind: EventKind;
  /** The rest: `said` has the `text`, `close` its `code` and `words` ... */
  details: Record<string, any>;
}

/** What happened while the clock was moved on. */
export interface Moved {
  /** By how much. */
  seconds: number;
  /** Seconds on the emulator's clock. */
  now: number;
  /** How many events of each kind. */
  happened: Partial<Record<EventKind, number>>;
  /** The sessions that ended; `at` in seconds on the emulator's clock. */
  ended: { session: string; at: number; code: number; words: string; by: 'server' | 'client' }[];
  /** Connections that are open now. */
  open: number;
}

/** A function that the model wanted called. */
export interface Call {
  id: string;
  name: string;
  args: Record<string, any>;
  /** What the client answered, the first answer first. */
  responses: any[];
  /** Whether the model took the call back. */
  cancelled: boolean;
}

/** A turn of the model. */
export interface Turn {
  /** The text that the client was sent, or the words of the speech. */
  said: string;
  /** Whether it was said aloud. */
  spoken: boolean;
  calls: Call[];
  /** Milliseconds that the client can have heard when it was interrupted; null if it was not. */
  heardMs: number | null;
  /** Whether it came to its end. */
  complete: boolean;
  /** Why it ended, or empty. */
  reason: string;
}

/** One session, as far as it has come. */
export interface Session {
  /** As in the log. */
  name: string;
  /** The number of its connection at the emulator, from 1. */
  connection: number;
  /** Empty until a setup was accepted, as are modality and voice. */
  model: string;
  modality: string;
  voice: string;
  /** What the client sent, with the names of the reference. */
  setup: Record<string, any>;
  /** What the user said, typed or spoken. */
  heard: string[];
  turns: Turn[];
  /** The resumption handles that the client was given. */
  handles: string[];
  /** Seconds of sound that the client streamed. */
  audioSent: number;
  /** Seconds of sound that it was sent. */
  audioReceived: number;
  /** Null while it is open. */
  closed: { code: number; words: string } | null;
}

/** A message that has to have been sent, with at least these fields; once or more often if no number is given. */
export interface MessageWanted {
  kind: string;
  fields?: Record<string, unknown>;
  times?: number;
}

/** How a session has to have gone. A text in slashes is a regular expression that has to occur. */
export interface Course {
  /** What the model has to have said in one turn. */
  said?: string;
  /** What the user has to have said. */
  heard?: string;
  /** Calls of the model, with at least these arguments; `response` is what the client has to have answered, once. */
  called?: { name: string; args?: Record<string, unknown>; times?: number; response?: unknown }[];
  notCalled?: string[];
  /** By the client. */
  sent?: MessageWanted[];
  /** Kinds of messages that the client must not have sent. */
  notSent?: string[];
  /** By the client. */
  received?: MessageWanted[];
  /** Kinds of messages in the order in which they have to have come; others may stand in between. */
  order?: string[];
  /** `heardMs`: what the client can have heard of the answer at most. */
  interrupted?: { times?: number; heardMs?: number };
  closed?: { code: number; words?: string };
  /** Whether it has to be open. */
  open?: boolean;
}
