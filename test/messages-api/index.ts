export { startMessagesApi, type MessagesApi, type MessagesApiOptions } from './messages-api.server.js';
export type { DefaultScript } from './script/default.script.js';
export type { HostText } from './request/synthetic.text.js';
export type { Weather } from './script/weather.rule.js';
export type { JournalEntry, Served } from './journal.store.js';
export type { MessagesRequest, Usage } from './wire/api.types.js';
export { fingerprint } from './request/kept.headers.js';
export { bigText, numberedWords } from './script/text.source.js';
