export { type ApiKeyRow, formatRow, hashKey, newKey, parseRows } from './api-key.js';
export { PrincipalDirectory } from './principal-directory.js';
export { LOCAL_PRINCIPAL, type Principal, type Role, ROLES } from './principal.types.js';
