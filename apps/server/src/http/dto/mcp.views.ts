import { ApiProperty } from '@nestjs/swagger';
import { type McpServerView } from '@steward/claude';

const text = { type: String };
const nullable = { nullable: true };

class McpServerInfoView {
  @ApiProperty(text) name!: string;
  @ApiProperty(text) version!: string;
}

class McpToolView {
  @ApiProperty({ ...text, description: 'Goes into rules as `mcp__<server>__<name>`.' }) name!: string;
  @ApiProperty(text) description!: string;
}

export class McpServerDto implements McpServerView {
  @ApiProperty({ ...text, description: 'Goes into `mcpServers`.' }) name!: string;
  @ApiProperty({ ...text, description: 'stdio, http or sse.' }) type!: string;
  @ApiProperty({
    ...text,
    description: 'connected, failed, pending, needs-auth or disabled; unused: no run of the session has named it.',
  })
  status!: string;
  @ApiProperty({ type: McpServerInfoView, ...nullable, description: 'What it calls itself.' })
  serverInfo!: McpServerInfoView | null;
  @ApiProperty({ type: [McpToolView] }) tools!: readonly McpToolView[];
  @ApiProperty({ ...text, ...nullable, format: 'date-time', description: 'When that was; null: never.' })
  seenAt!: string | null;
}

export class McpServerListDto {
  @ApiProperty({ type: [McpServerDto] }) data!: McpServerDto[];
  @ApiProperty({ ...text, ...nullable, description: 'Always null: the list is whole.' }) nextCursor!: null;
}
