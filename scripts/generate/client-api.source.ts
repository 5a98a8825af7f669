import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ApiExtraModels } from '@nestjs/swagger';
import { ApprovalAnswerDto, ApprovalView } from '../../apps/server/src/http/dto/approval.dto.js';
import { InputAnswerDto, InputDto } from '../../apps/server/src/http/dto/input.dto.js';
import { FileEntryDto, WorkspaceDiffDto } from '../../apps/server/src/http/dto/files.dto.js';
import { McpServerDto } from '../../apps/server/src/http/dto/mcp.views.js';
import { RunRequestDto } from '../../apps/server/src/http/dto/run.dto.js';
import { HoldingsView, SessionSpendingView, SpendingView } from '../../apps/server/src/http/dto/usage.views.js';
import {
  CommandView,
  ProblemDto,
  RunViewDto,
  SessionViewDto,
  TranscriptMessageDto,
} from '../../apps/server/src/http/dto/views.dto.js';
import { openApiDocument } from '../../apps/server/src/http/openapi/document.js';
import { SHAPES } from './client-events.source.js';
import { CLIENT, clientFile, type Elsewhere } from './client.file.js';
import { type Schema, TypeWriter } from './type.writer.js';

/** Names in the client of what the document of the HTTP API describes. */
const DECLARED: Readonly<Record<string, readonly [name: string, about: string]>> = {
  OwnerView: ['Owner', 'Whose something is.'],
  ApprovalAnswerDto: ['ApprovalAnswer', 'What a person says to an approval.'],
  ApprovalView: ['Approval', 'A question of the agent to a person. Times are ISO 8601 UTC.'],
  ResolutionView: ['ApprovalResolution', 'How an approval was decided.'],
  InputDto: ['RunInput', 'What is said to a running run.'],
  InputAnswerDto: ['InputAnswer', 'What became of an input.'],
  AgentDefinitionDto: ['AgentDefinition', 'A kind of subagent.'],
  WorkspaceDto: ['WorkspaceSource', 'What the workspace of a new session begins with.'],
  AttachmentDto: ['Attachment', 'A file that goes to the model with the prompt.'],
  FileEntryDto: ['FileEntry', 'Something in a workspace.'],
  FileChangeDto: ['FileChange', 'A file that is another one than it was.'],
  WorkspaceDiffDto: ['WorkspaceDiff', 'What is different in a workspace from the start of a run.'],
  McpServerInfoView: ['McpServerInfo', 'What an MCP server calls itself.'],
  McpToolView: ['McpTool', 'A tool of an MCP server.'],
  McpServerDto: ['McpServer', 'An MCP server that the operator offers.'],
  CommandDto: ['CommandCall', 'A slash command or skill, to be run.'],
  ActivityView: ['RunActivity', 'What a run does, or waits for.'],
  ProgressView: ['RunProgress', 'How far a run is.'],
  DegradedView: ['RunDegraded', 'How a run was carried other than it was asked for.'],
  RunRequestDto: ['RunRequest', 'Exactly one of `prompt` and `command`.'],
  RunViewDto: ['Run', 'A run, as every transport shows it. Times are ISO 8601 UTC.'],
  WorkspaceView: ['Workspace', 'What the workspace of a session began with.'],
  SessionViewDto: ['Session', 'A session. Times are ISO 8601 UTC.'],
  TranscriptMessageDto: ['TranscriptMessage', 'One message of a session’s conversation.'],
  CommandView: ['SlashCommand', 'A slash command or skill that there is.'],
  LimitsView: ['SpendingLimits', 'A budget, or what is left of it.'],
  HeldView: ['SpendingHeld', 'What open runs have put aside.'],
  SessionSpendingView: ['SessionSpending', 'What was used, all models together.'],
  SpendingPartView: ['SpendingPart', 'What was used in a day or month, beside the budget.'],
  SpendingView: ['Spending', 'What a caller has used today and this month, UTC.'],
  HoldingView: ['Holding', 'What there is, and how much there may be.'],
  HoldingsView: ['Holdings', 'What a caller has open.'],
  FieldProblemDto: ['FieldProblem', 'A wrong field of a request.'],
  ProblemDto: ['Problem', 'RFC 9457.'],
};
/** What does not belong to runs stands in files of its own. */
const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  'api-sessions': ['Session', 'Workspace', 'WorkspaceSource', 'TranscriptMessage', 'Owner'],
  'api-figures': [
    'SpendingLimits',
    'SpendingHeld',
    'SessionSpending',
    'SpendingPart',
    'Spending',
    'Holding',
    'Holdings',
  ],
  'api-approvals': ['Approval', 'ApprovalAnswer', 'ApprovalResolution', 'RunInput', 'InputAnswer'],
  'api-problems': ['FieldProblem', 'Problem'],
};
const fileOf = (name: string): string =>
  Object.entries(SUBJECTS).find(([, names]) => names.includes(name))?.[0] ?? 'api-runs';

/** What a run has in common with the event that ends it. */
const AS_IN_EVENTS: Readonly<Record<string, string>> = {
  UsageView: 'Usage',
  ModelUsageView: 'ModelCost',
  UsageDifferenceView: 'UsageDifference',
  MeteringView: 'Metering',
  ResultView: 'RunResult',
  ResourcesView: 'RunResources',
  RunErrorView: 'RunError',
};

/** A server of nothing but these: the document of the whole one needs its configuration. */
@ApiExtraModels(
  ApprovalAnswerDto,
  ApprovalView,
  InputDto,
  InputAnswerDto,
  RunRequestDto,
  RunViewDto,
  SessionViewDto,
  TranscriptMessageDto,
  CommandView,
  FileEntryDto,
  WorkspaceDiffDto,
  McpServerDto,
  HoldingsView,
  ProblemDto,
  SessionSpendingView,
  SpendingView,
)
@Controller()
class Named {
  @Get()
  nothing(): void {}
}
@Module({ controllers: [Named] })
class NamedModule {}

async function documented(): Promise<Readonly<Record<string, Schema>>> {
  const app = await NestFactory.create(NamedModule, { logger: false, abortOnError: false });
  const { components } = openApiDocument(app, '0');
  await app.close();
  return components?.schemas as Record<string, Schema>;
}

const fieldsOf = ({ properties = {}, required = [] }: Schema): string =>
  Object.keys(properties)
    .toSorted()
    .map((name) => (required.includes(name) ? name : `${name}?`))
    .join(', ');

/** Types of requests and answers. @throws Error when a run and the event that ends it do not show the same fields */
export async function clientApi(): Promise<Record<string, string>> {
  const schemas = await documented();
  for (const [view, shape] of Object.entries(AS_IN_EVENTS)) {
    const [mine, theirs] = [fieldsOf(schemas[view]!), fieldsOf(SHAPES[shape]!)];
    if (mine !== theirs) throw new Error(`${view} has ${mine}, the ${shape} of events has ${theirs}`);
  }
  const names = Object.fromEntries(Object.entries(DECLARED).map(([view, [name]]) => [view, name]));
  const writer = new TypeWriter([], { ...names, ...AS_IN_EVENTS });
  const types = Object.entries(DECLARED).map(([view, [name, about]]) => ({
    name,
    type: writer.declare(name, schemas[view]!, about),
  }));
  const files = [...new Set(types.map(({ name }) => fileOf(name)))].map(
    (file) => [file, types.filter(({ name }) => fileOf(name) === file)] as const,
  );
  const sources: Elsewhere[] = files.map(([file, inIt]) => ({
    names: inIt.map(({ name }) => name),
    file: `./${file}.generated.js`,
  }));
  const shapes = { names: Object.values(AS_IN_EVENTS), file: './event-shapes.generated.js' };
  const written = files.map(([file, inIt]) => {
    const others = sources.filter((source) => source.file !== `./${file}.generated.js`);
    const parts = inIt.map(({ type }) => type);
    return [`${CLIENT}/${file}.generated.ts`, clientFile(parts, [shapes, ...others])] as const;
  });
  const door = sources.map(
    ({ names: all, file }) => `export { ${all.map((name) => `type ${name}`).join(', ')} } from '${file}';`,
  );
  return { ...Object.fromEntries(written), [`${CLIENT}/api.generated.ts`]: clientFile([door.join('\n')]) };
}
