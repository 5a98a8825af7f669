export { usersOf } from './connection-users.js';
export { findOnPath, isExecutable } from './executable.js';
export { findProjectFile } from './project-file.js';
