export { startMessagesApi, type MessagesApi, type MessagesApiOptions } from './messages-api.server.js';
export type { DefaultScript } from './default.script.js';
export type { JournalEntry, Served } from './journal.store.js';
export type { MessagesRequest, Usage } from './api.types.js';
export { fingerprint } from './request.handler.js';
export { bigText, numberedWords } from './text.source.js';
