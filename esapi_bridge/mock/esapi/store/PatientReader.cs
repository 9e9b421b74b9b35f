using System;
namespace EsapiBridge.Mock
{
    internal static class PatientReader { internal static PatientState Read(MockSession session, string id) { throw new NotImplementedException(); } }
    internal static class PatientWriter { internal static void Save(PatientState patient) { throw new NotImplementedException(); } }
}
