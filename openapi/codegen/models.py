"""Models, parameters and reply types, written by datamodel-code-generator from rewritten schemas."""

from collections import defaultdict
from pathlib import Path

from datamodel_code_generator import InputFileType, LiteralType, OpenAPIScope, generate
from datamodel_code_generator.enums import DataModelType, StrictTypes
from datamodel_code_generator.format import Formatter, PythonVersion

from openapi.codegen.schemas import ModelSource

_TEMPLATES = Path(__file__).parent / "model_templates"
_FORMATS = "openapi.runtime.formats"
_ADDED = [
    f"{_FORMATS}.{name}"
    for name in (
        "NotNull",
        "Patch",
        "Text",
        "Unique",
        "MultipleOf",
        "EMAIL_SHAPE",
        "ONE_LINE",
        "URI_SHAPE",
        "URI_REFERENCE_SHAPE",
    )
]


def pydantic_module(source: ModelSource, *, title: str) -> str:
    """Generate the source of a module of Pydantic models."""
    if not source.schemas:
        return f'"""{title}"""\n'
    extra: defaultdict[str, dict[str, object]] = defaultdict(dict)
    for name, annotations in source.annotations.items():
        extra[name]["annotations"] = annotations
    for name, minimum in source.min_properties.items():
        extra[name]["min_properties"] = minimum
    text = generate(
        _document(source),
        input_file_type=InputFileType.OpenAPI,
        openapi_scopes=[OpenAPIScope.Schemas],
        output_model_type=DataModelType.PydanticV2BaseModel,
        target_python_version=PythonVersion.PY_312,
        formatters=[Formatter.BUILTIN],
        custom_template_dir=_TEMPLATES,
        extra_template_data=extra,
        base_class=f"{_FORMATS}.Closed",
        additional_imports=[
            "typing.ClassVar",
            "typing.Annotated",
            *_ADDED,
        ],
        strict_types=[StrictTypes.str, StrictTypes.int, StrictTypes.float, StrictTypes.bool],
        use_annotated=True,
        field_constraints=True,
        use_type_alias=True,
        strict_nullable=True,
        use_specialized_enum=True,
        use_schema_description=True,
        use_field_description=True,
        enum_field_as_literal=LiteralType.One,
        use_single_line_docstring=True,
        disable_timestamp=True,
    )
    return _module(text, title=title)


def typed_dict_module(source: ModelSource, *, title: str) -> str:
    """Generate the source of a module of TypedDicts."""
    if not source.schemas:
        return f'"""{title}"""\n'
    text = generate(
        _document(source),
        input_file_type=InputFileType.OpenAPI,
        openapi_scopes=[OpenAPIScope.Schemas],
        output_model_type=DataModelType.TypingTypedDict,
        target_python_version=PythonVersion.PY_312,
        formatters=[Formatter.BUILTIN],
        use_type_alias=True,
        use_closed_typed_dict=False,
        strict_nullable=True,
        use_schema_description=True,
        use_field_description=True,
        enum_field_as_literal=LiteralType.One,
        use_single_line_docstring=True,
        disable_timestamp=True,
    )
    return _module(text, title=title)


def _document(source: ModelSource) -> dict[str, object]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "models", "version": "1"},
        "paths": {},
        "components": {"schemas": source.schemas},
    }


def _module(text: object, *, title: str) -> str:
    code = str(text).partition("from __future__ import annotations")[2]
    return f'"""{title}"""\n\nfrom __future__ import annotations\n{code}'
