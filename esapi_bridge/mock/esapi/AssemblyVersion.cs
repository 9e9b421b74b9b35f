// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System.Reflection;

[assembly: AssemblyDescription("Mock of a scripting interface. Research use only, not for clinical use.")]
// Versions of the real assemblies, as public projects name them: a reference to another shows (row 40).
#if ESAPI_18
[assembly: AssemblyVersion("1.0.600.194")]
#elif ESAPI_16
[assembly: AssemblyVersion("1.0.450.29")]
#else
[assembly: AssemblyVersion("1.0.300.11")]
#endif
