import { IntegerField, TextField } from '../http/dto/fields.js';

export class RunIdDto {
  @TextField({ required: true, max: 64, about: 'Id of the run.' })
  id!: string;
}

export class SubscribeDto extends RunIdDto {
  @IntegerField({ min: 0, max: Number.MAX_SAFE_INTEGER, about: 'Only events after this seq. Default: 0, all.' })
  after?: number;
}
