/** What a JSON value may look like, in words every language has. Made from JSON Schema by `read-shape.ts`. */
export type Shape =
  | AnyShape
  | ScalarShape
  | EnumShape
  | ConstShape
  | ArrayShape
  | MapShape
  | ObjectShape
  | ReferenceShape
  | UnionShape
  | NullableShape;

export type ScalarType = 'string' | 'integer' | 'number' | 'boolean';

export interface Constraints {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
}

/** Any JSON value. */
export interface AnyShape {
  readonly kind: 'any';
}

/** A text, number or boolean; more than one type means either of them. */
export interface ScalarShape {
  readonly kind: 'scalar';
  readonly types: readonly ScalarType[];
  readonly constraints: Constraints;
}

export interface EnumShape {
  readonly kind: 'enum';
  readonly values: readonly string[];
}

export interface ConstShape {
  readonly kind: 'const';
  readonly value: string | number | boolean;
}

export interface ArrayShape {
  readonly kind: 'array';
  readonly items: Shape;
  readonly constraints: Constraints;
}

/** An object with free keys. */
export interface MapShape {
  readonly kind: 'map';
  readonly values: Shape;
  readonly constraints: Constraints;
}

export interface ObjectShape {
  readonly kind: 'object';
  readonly fields: readonly Field[];
  /** False when unknown fields are refused. */
  readonly isOpen: boolean;
  readonly constraints: Constraints;
}

export interface Field {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly shape: Shape;
  readonly default?: unknown;
}

/** A component schema, by name. */
export interface ReferenceShape {
  readonly kind: 'reference';
  readonly name: string;
}

export interface UnionShape {
  readonly kind: 'union';
  readonly members: readonly ReferenceShape[];
  /** The field whose constant tells the members apart. */
  readonly discriminator: string;
}

export interface NullableShape {
  readonly kind: 'nullable';
  readonly of: Shape;
}
