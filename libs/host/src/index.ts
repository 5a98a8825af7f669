export { usersOf } from './connection-users.js';
export { findOnPath, isExecutable } from './executable.js';
export { usesMusl } from './musl.js';
export { findProjectFile } from './project-file.js';
