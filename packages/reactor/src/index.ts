export { Acceptor, type AcceptorOptions, type AcceptorStats, type ListenAddress } from "./acceptor.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type CloseReason, type Connection, type ConnectionHandler } from "./connection.ts";
export { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from "./connection-limits.ts";
export { type ErrorReporter, throwUncaught } from "./error-reporter.ts";
export { type Flushable, FlushQueue, type FlushQueueOptions } from "./flush-queue.ts";
export { LoopGroup, type LoopGroupOptions, type LoopStats } from "./loop-group.ts";
export { TaskScheduler, type TaskSchedulerOptions } from "./task-scheduler.ts";
export { type Timer, TimerQueue, type TimerSource } from "./timer-queue.ts";
