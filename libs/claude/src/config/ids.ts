import { v7, validate, version } from 'uuid';

/** Ids sort by time of making; brands keep a run's id from being taken for a session's. */
export type RunId = string & { readonly __run: never };
export type SessionId = string & { readonly __session: never };

export const newRunId = (): RunId => v7() as RunId;
export const newSessionId = (): SessionId => v7() as SessionId;

/** Whether a text can be an id of ours at all; what cannot need not be looked up. */
export const isId = (text: string): boolean => validate(text) && version(text) === 7;
