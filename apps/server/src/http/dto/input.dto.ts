import { ApiProperty } from '@nestjs/swagger';
import { type ClaudeService, newRunId, type Owner, type RunId } from '@steward/claude';
import { ChoiceField, SpokenField, TextField, WordField } from './fields.js';
import { RunViewDto } from './views.dto.js';

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** What is said to a running run. */
export class InputDto {
  @SpokenField({ required: true, max: 32_000_000, about: 'Text for the model; never executed as a slash command.' })
  text!: string;

  @ChoiceField({
    values: ['reject', 'enqueue'],
    about:
      'When the run has ended: refuse with input.run_ended (the default), or make a run of its own of it, in the same session (enqueue).',
  })
  ifEnded?: 'reject' | 'enqueue';

  @WordField({
    max: 36,
    pattern: UUID7,
    about: 'A UUID of version 7 that you made: the same one counts once, however often it is sent.',
  })
  inputId?: string;
}

/** The same over Socket.IO. */
export class SocketInputDto extends InputDto {
  @TextField({ required: true, max: 64, about: 'Id of the run.' })
  id!: string;
}

export class InputAnswerDto {
  @ApiProperty({ type: String, format: 'uuid' }) inputId!: string;
  @ApiProperty({ type: RunViewDto, description: 'The run that has it: this one, or the one that was made of it.' })
  run!: RunViewDto;
}

export async function given(
  claude: ClaudeService,
  caller: Owner,
  id: string,
  { text, ifEnded = 'reject', inputId = newRunId() }: InputDto,
): Promise<InputAnswerDto> {
  return { inputId, run: await claude.input(id, caller, text, ifEnded, inputId as RunId) };
}
