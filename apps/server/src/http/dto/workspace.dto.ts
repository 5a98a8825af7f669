import { WORKSPACE_KINDS, type WorkspaceKind } from '@steward/claude';
import { ChoiceField, WordField } from './fields.js';
import { rule } from './field.js';
import { NestedField } from './object-fields.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** What git takes for a name of a commit, without what it would take for an option, a range or an expression. */
const REF = /^(?!.*(?:\.\.|@\{|\/\/))[A-Za-z0-9_][A-Za-z0-9_./+#@-]{0,199}$/;

/** What a new workspace begins with; `WorkspaceField` checks which fields belong to which kind. */
export class WorkspaceDto {
  @ChoiceField({
    required: true,
    values: WORKSPACE_KINDS,
    about:
      'empty; template: a copy of a folder that the operator offers; worktree: a checkout of its own of a repository that the operator offers.',
  })
  kind!: WorkspaceKind;

  @WordField({ max: 64, pattern: NAME, about: 'Of a template: its name.' })
  name?: string;

  @WordField({ max: 64, pattern: NAME, about: 'Of a worktree: name of the repository.' })
  repository?: string;

  @WordField({
    max: 200,
    pattern: REF,
    about: 'Of a worktree: a branch, tag or commit; without it what is checked out in the repository.',
    example: 'main',
  })
  ref?: string;
}

const FIELDS: Record<WorkspaceKind, readonly [needed: readonly string[], all: readonly string[]]> = {
  empty: [[], []],
  template: [['name'], ['name']],
  worktree: [['repository'], ['repository', 'ref']],
};

function isOfItsKind(value: unknown): boolean {
  const { kind, ...given } = value as WorkspaceDto;
  if (!Object.hasOwn(FIELDS, kind)) return true;
  const [needed, all] = FIELDS[kind];
  const names = Object.entries(given).flatMap(([name, text]) => (text === undefined ? [] : [name]));
  return needed.every((name) => names.includes(name)) && names.every((name) => all.includes(name));
}

/** The field of a request that makes a session. */
export const WorkspaceField =
  (about: string): PropertyDecorator =>
  (target, key) => {
    NestedField({ of: WorkspaceDto, about })(target, key);
    rule(
      'isOfItsKind',
      'must be { kind: "empty" }, { kind: "template", name } or { kind: "worktree", repository, ref? }',
      (value) => value === undefined || value === null || isOfItsKind(value),
    )(target, key);
  };
