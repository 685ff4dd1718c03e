/** What the registry's thread and the database's thread say to each other. */
export interface WorkerRequest {
  id: number;
  /** Absent: close the database and end. */
  sql?: string;
  params?: readonly unknown[];
}

export interface WorkerFailure {
  message: string;
  code?: string;
}

export type WorkerReply = { id: number; rows: unknown[] } | { id: number; failure: WorkerFailure };

/** Id of the reply that says the database is open. */
export const readyId = 0;
