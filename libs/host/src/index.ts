export { usersOf } from './connection-users.js';
export { findOnPath, isExecutable } from './executable.js';
export { foldersBelow, joinBytes } from './folders-below.js';
export { usesMusl } from './musl.js';
export { findProjectFile } from './project-file.js';
export { removeTree } from './remove-tree.js';
