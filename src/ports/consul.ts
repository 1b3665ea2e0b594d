/** What dbctl needs of Consul. Only asked where a job registers its services there. */
export interface ConsulPort {
  /** Instances of a service, those whose checks all pass first. A name nobody registered has none. */
  service(name: string): Promise<ConsulInstance[]>;
  /** Checks of the services that the allocation registered; those that the token may not see are left out by Consul. */
  checks(allocId: string): Promise<ConsulCheck[]>;
}

export interface ConsulInstance {
  readonly address: string;
  readonly port: number;
  /** `null` when somebody else than Nomad registered it. */
  readonly allocId: string | null;
  readonly passing: boolean;
}

export interface ConsulCheck {
  readonly service: string;
  readonly check: string;
  /** `pending`: a warning, which Nomad does not count as healthy either. */
  readonly status: 'success' | 'failure' | 'pending';
}
