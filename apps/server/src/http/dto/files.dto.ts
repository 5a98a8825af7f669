import { ApiProperty } from '@nestjs/swagger';
import { CHANGES, FILE_TYPES } from '@steward/claude';
import { QueryIntegerField, TextField } from './fields.js';
import { QueryFlagField } from './stream.dto.js';

const text = { type: String };
const nullable = { nullable: true };
const PATH = 'A folder of the workspace, from there on, without a slash in front. Default: the workspace itself.';

export class FileListQueryDto {
  @TextField({ max: 4096, min: 0, about: PATH })
  path?: string;

  @QueryFlagField({ about: 'Also what is in folders below, each folder before what is in it. Default: false.' })
  recursive?: boolean;

  @QueryIntegerField({ min: 1, max: 1000, about: 'Entries of a page. Default: 200.' })
  limit?: number;

  @TextField({ max: 8192, about: '`nextCursor` of the page before.' })
  cursor?: string;
}

export class ArchiveQueryDto {
  @TextField({ max: 4096, min: 0, about: PATH })
  path?: string;
}

export class FileRemovalQueryDto {
  @QueryFlagField({ about: 'A folder with all that is in it. Default: false, only an empty one.' })
  recursive?: boolean;
}

export class DiffQueryDto {
  @TextField({ max: 64, about: 'Id of the run. Default: the newest of the session.' })
  run?: string;
}

export class FileEntryDto {
  @ApiProperty({ ...text, description: 'From the workspace on, without a slash in front.' }) path!: string;
  @ApiProperty({
    enum: FILE_TYPES,
    description: 'link: a symbolic one, which is never followed. other: a pipe, a socket, a device.',
  })
  type!: string;
  @ApiProperty({ type: 'integer', description: 'Bytes of a file; 0 for all else.' }) size!: number;
  @ApiProperty({ ...text, format: 'date-time' }) modifiedAt!: string;
  @ApiProperty({ ...text, ...nullable, description: 'Changes with the content; null for what is no file.' })
  etag!: string | null;
}

export class FilePageDto {
  @ApiProperty({ type: [FileEntryDto] }) data!: readonly FileEntryDto[];
  @ApiProperty({ ...text, ...nullable, description: 'For the next page; null at the end.' }) nextCursor!: string | null;
}

export class FileChangeDto {
  @ApiProperty(text) path!: string;
  @ApiProperty({ enum: CHANGES }) change!: string;
  @ApiProperty({ type: 'integer', ...nullable }) sizeBefore!: number | null;
  @ApiProperty({ type: 'integer', ...nullable }) sizeAfter!: number | null;
  @ApiProperty({
    ...text,
    ...nullable,
    description: 'As `diff -u` has it; null where a side is no text, or too large.',
  })
  patch!: string | null;
}

export class WorkspaceDiffDto {
  @ApiProperty({ ...text, format: 'uuid' }) runId!: string;
  @ApiProperty({ ...text, format: 'date-time', description: 'The start of the run.' }) takenAt!: string;
  @ApiProperty({ type: [FileChangeDto] }) data!: readonly FileChangeDto[];
  @ApiProperty({ type: 'boolean', description: 'Whether more files differ than are told.' }) truncated!: boolean;
}
