using System;
using System.Text;
using EsapiBridge.Mock;
using EsapiBridge.Scripts;
using EsapiBridge.Scripts.Conformance;
using VMS.TPS.Common.Model.API;

[assembly: ESAPIScript(IsWriteable = true)]

namespace EsapiBridge.Scripts
{
    /// <summary>The script's own says where it was installed; this program was not.</summary>
    public static class Installation
    {
        public const string Folder = "";
        public const string ListSha256 = "";
    }
}

/// <summary>Asks a plan of the mock all questions, reading and writing, and prints the document.</summary>
internal static class Ask
{
    private static void Main(string[] arguments)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        MockSession session = MockSession.Open(arguments[0]);
        session.OpenPatient(arguments[1]);
        ScriptContext context = session.CreateContext("C1", arguments[2]);
        Survey survey = Reading.Ask(context);
        WriteRows.Ask(survey, context);
        Reading.Close(survey);
        Console.Write(Json.Write(Reading.Document(context, survey)));
    }
}
