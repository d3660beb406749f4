/** Checks a loaded blackbox.yml; what is wrong is in `errors` after it gave false. Built from the schema files by scripts/generate-validator.mjs. */
declare const validate: {
  (config: unknown): boolean;
  errors?: readonly validate.SchemaError[] | null;
};

declare namespace validate {
  /** The part of ajv's error objects that Sonde uses. */
  interface SchemaError {
    /** JSON pointer to the value. */
    readonly instancePath: string;
    readonly keyword: string;
    readonly params: Readonly<Record<string, unknown>>;
  }
}

export = validate;
