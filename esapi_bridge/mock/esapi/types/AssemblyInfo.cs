using System.Reflection;

[assembly: AssemblyTitle("VMS.TPS.Common.Model.Types (mock)")]
