import { Injectable } from '@nestjs/common';
import { filter, type Observable, Subject } from 'rxjs';
import { type ModelFact } from './model-fact.types.js';

/**
 * The one place where trouble with the model provider is told, before the CLI knows of it. Whoever decides something
 * (retry, parking, breakers) subscribes; a fact is told once, in the order of their happening, on the worker that met it.
 * A listener that throws is its own problem: it stops neither the request nor the others.
 */
@Injectable()
export class ModelFacts {
  private readonly subject = new Subject<ModelFact>();

  /** Of every run on this worker. */
  get all(): Observable<ModelFact> {
    return this.subject.asObservable();
  }

  /** Of one run. */
  of(runId: string): Observable<ModelFact> {
    return this.all.pipe(filter((fact) => fact.runId === runId));
  }

  tell(fact: ModelFact): void {
    this.subject.next(fact);
  }
}
