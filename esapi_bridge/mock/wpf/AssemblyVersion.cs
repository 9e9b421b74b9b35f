using System.Reflection;

[assembly: AssemblyDescription("Stand-in for an assembly of WPF on Mono: values and texts, nothing is drawn. Research use only.")]
[assembly: AssemblyVersion("4.0.0.0")]
