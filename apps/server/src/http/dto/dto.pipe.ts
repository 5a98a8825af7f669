import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { validateDto } from './validate-dto.js';

/** Bodies and queries whose parameter is typed with a DTO class; bound per controller, since gateways answer otherwise. */
@Injectable()
export class DtoPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if ((type !== 'body' && type !== 'query') || !metatype || metatype === Object) return value;
    return validateDto(metatype as new () => object, value === undefined ? {} : value);
  }
}
