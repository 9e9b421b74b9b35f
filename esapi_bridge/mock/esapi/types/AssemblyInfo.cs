using System.Reflection;

[assembly: AssemblyTitle("VMS.TPS.Common.Model.Types (mock)")]
[assembly: AssemblyDescription("Mock of a scripting interface. Research use only, not for clinical use.")]
// Versions of the real assemblies (esapi-facts section 0), so that a reference to another version shows (row 40).
#if ESAPI_18
[assembly: AssemblyVersion("1.0.600.194")]
#elif ESAPI_16
[assembly: AssemblyVersion("1.0.450.29")]
#else
[assembly: AssemblyVersion("1.0.300.11")]
#endif
