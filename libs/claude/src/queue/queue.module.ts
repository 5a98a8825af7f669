import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { RedisConnections } from '@steward/redis';
import { ApprovalModule } from '../approval/index.js';
import { BreakerModule } from '../breaker/index.js';
import { ModelModule } from '../model/index.js';
import { SessionModule } from '../session/index.js';
import { StreamModule } from '../stream/index.js';
import { WrapperModule } from '../wrapper/index.js';
import { ApiAttempts } from './api-attempts.js';
import { ApprovalDesk } from './approval-desk.js';
import { CancelBus } from './cancel-bus.js';
import { CleanUpStore } from './clean-up.store.js';
import { ClaudeQueueService } from './claude-queue.service.js';
import { QUEUE_PREFIX, RUN_QUEUE } from './queue.constants.js';
import { QueueOperationsService } from './queue-operations.service.js';
import { Quarantine } from './quarantine.js';
import { Reconciler } from './reconciler.js';
import { RunBudgets } from './run-budgets.js';
import { RunAttempts } from './run-attempts.js';
import { RunCarrier } from './run-carrier.js';
import { RunControlService } from './run-control.service.js';
import { RunDispatcher } from './run-dispatcher.js';
import { RunEnder } from './run-ender.js';
import { InputBus } from './input-bus.js';
import { InputDesk } from './input-desk.js';
import { RunInputStore } from './run-input.store.js';
import { RunInputs } from './run-inputs.js';
import { DegradeLadder } from './degrade-ladder.js';
import { OutageDesk } from './outage-desk.js';
import { OutageStore } from './outage.store.js';
import { RunOutages } from './run-outages.js';
import { RunPeople } from './run-people.js';
import { AttachmentStore } from './attachment.store.js';
import { RedisWatch } from './redis-watch.js';
import { RetryBudgetStore } from './retry-budget.store.js';
import { RunRecovery } from './run-recovery.js';
import { RunResumer } from './run-resumer.js';
import { RunReturner } from './run-returner.js';
import { RunPolicy } from './run-policy.js';
import { RunSurroundings } from './run-surroundings.js';
import { ToolPolicy } from './tool-policy.js';
import { RunProcessor } from './run.processor.js';
import { RunScheduler } from './run-scheduler.js';
import { RunSeats } from './run-seats.js';
import { RunStore } from './run.store.js';
import { ScheduleStore } from './schedule.store.js';
import { RunWatcher } from './run-watcher.js';
import { RunWorkerService } from './run-worker.service.js';
import { SessionCleaner } from './session-cleaner.js';

@Module({
  imports: [
    BullModule.forRootAsync({
      inject: [RedisConnections],
      useFactory: (redis: RedisConnections) => ({
        connection: redis.patient,
        prefix: QUEUE_PREFIX,
        defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true },
      }),
      // The worker service registers the worker, in the roles that work. Read from here only: among the options above it
      // is ignored, and then every server has a second worker with a concurrency of its own that nobody drains.
      extraOptions: { manualRegistration: true },
    }),
    BullModule.registerQueue({ name: RUN_QUEUE }),
    ApprovalModule,
    BreakerModule,
    ModelModule,
    SessionModule,
    StreamModule,
    WrapperModule,
  ],
  providers: [
    RunStore,
    AttachmentStore,
    ToolPolicy,
    RunSurroundings,
    RunPolicy,
    RunBudgets,
    RunDispatcher,
    ScheduleStore,
    RunScheduler,
    RunSeats,
    RunEnder,
    RunResumer,
    RunPeople,
    RunInputs,
    RunInputStore,
    InputBus,
    InputDesk,
    ApprovalDesk,
    RedisWatch,
    RetryBudgetStore,
    ApiAttempts,
    DegradeLadder,
    OutageDesk,
    OutageStore,
    RunOutages,
    RunReturner,
    RunRecovery,
    RunWatcher,
    Quarantine,
    RunAttempts,
    RunCarrier,
    RunProcessor,
    CancelBus,
    Reconciler,
    SessionCleaner,
    CleanUpStore,
    QueueOperationsService,
    RunControlService,
    RunWorkerService,
    ClaudeQueueService,
  ],
  exports: [ApprovalModule, RunControlService, RunWorkerService, ClaudeQueueService, QueueOperationsService],
})
export class QueueModule {}
