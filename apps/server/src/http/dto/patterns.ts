/** A tool, or a rule with an argument: `Bash`, `Bash(git *)`, `mcp__server__tool`. A comma would end a rule at the CLI. */
/** A file name without a path and without what no line shows. */
export const ATTACHMENT_NAME = /^[^/\\\p{Cc}\p{Surrogate}]{1,255}$/u;
export const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+(;.*)?$/;
export const TOOL = /^[A-Za-z][A-Za-z0-9_-]*\*?(\([^,()\n]+\))?$/;
export const TOOL_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
export const MODEL = /^[A-Za-z0-9][A-Za-z0-9._:/@[\]-]*$/;
export const DECIMAL = /^\d{1,6}(\.\d{1,8})?$/;
export const AGENT_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** Absolute; a comma would separate two folders at the CLI. */
export const FOLDER = /^\/[^,\n\0]*$/;
export const SERVER = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
/** `compact`, `plugin:command`. */
export const COMMAND = /^[A-Za-z0-9][A-Za-z0-9:_-]*$/;
