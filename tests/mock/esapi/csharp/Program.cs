using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

[assembly: ESAPIScript(IsWriteable = true)]

/// <summary>
/// Provokes every trap once and prints what was seen, a line of JSON for each row; what is right is judged elsewhere.
/// </summary>
internal static class Program
{
    internal static string Database;
    internal static string CentigrayDatabase;
    internal static string ReadOnlyScript;
    internal static Application StandAlone;

    /// <summary>Every method named RowNN, by number; row 5 ends the one application there can be, so it is the last.</summary>
    private static IEnumerable<Action<Seen>> Rows()
    {
        return Assembly.GetExecutingAssembly().GetTypes()
            .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(m => Regex.IsMatch(m.Name, @"\ARow\d\d\z")).OrderBy(m => m.Name == "Row05").ThenBy(m => m.Name)
            .Select(m => (Action<Seen>)Delegate.CreateDelegate(typeof(Action<Seen>), m));
    }

    private static int Main(string[] arguments)
    {
        Database = arguments[0];
        CentigrayDatabase = arguments[1];
        ReadOnlyScript = arguments[2];
        Environment.SetEnvironmentVariable("ESAPI_BRIDGE_DATABASE", Database);
        StandAlone = Application.CreateApplication();
        Console.OutputEncoding = new UTF8Encoding(false);
        foreach (Action<Seen> row in Rows())
        {
            Seen seen = new Seen();
            try
            {
                row(seen);
            }
            catch (Exception error)
            {
                seen["failure"] = error.ToString();
            }
            seen["row"] = int.Parse(row.Method.Name.Substring(3), CultureInfo.InvariantCulture);
            Console.WriteLine(seen.ToJson());
        }
        return 0;
    }

    /// <summary>A plan of a freshly opened patient.</summary>
    internal static ExternalPlanSetup Plan(string patient, string plan, bool modify, out MockSession session)
    {
        session = MockSession.Open(Database);
        return Plan(session, patient, plan, modify);
    }

    internal static ExternalPlanSetup Plan(MockSession session, string patient, string plan, bool modify)
    {
        session.OpenPatient(patient);
        ScriptContext context = session.CreateContext("C1", plan);
        if (modify)
        {
            context.Patient.BeginModifications();
        }
        return context.ExternalPlanSetup;
    }

    internal static ExternalPlanSetup Plan(string patient, string plan, bool modify)
    {
        MockSession session;
        return Plan(patient, plan, modify, out session);
    }

    internal static Beam Beam(PlanSetup plan, string id)
    {
        return plan.Beams.First(b => b.Id == id);
    }

    /// <summary>"none", or type and message of what was thrown.</summary>
    internal static string Attempt(Action action)
    {
        try
        {
            action();
            return "none";
        }
        catch (Exception error)
        {
            return Kinds(error.GetType()) + ": " + error.Message;
        }
    }

    private static string Kinds(Type type)
    {
        return type == typeof(Exception) ? type.Name : type.Name + " " + Kinds(type.BaseType);
    }

    /// <summary>All planes of a dose, [plane][x][y] as handed out.</summary>
    internal static List<int[,]> Planes(Dose dose)
    {
        List<int[,]> planes = new List<int[,]>();
        for (int k = 0; k < dose.ZSize; k++)
        {
            int[,] buffer = new int[dose.XSize, dose.YSize];
            dose.GetVoxels(k, buffer);
            planes.Add(buffer);
        }
        return planes;
    }

    internal static double[] Numbers(VVector v)
    {
        return new[] { v.x, v.y, v.z };
    }
}

/// <summary>What was seen, by name.</summary>
internal sealed class Seen : Dictionary<string, object>
{
    internal string ToJson()
    {
        return Json(this);
    }

    private static string Json(object value)
    {
        IDictionary<string, object> map = value as IDictionary<string, object>;
        Array array = value as Array;
        string text = value as string;
        if (value == null)
        {
            return "null";
        }
        if (map != null)
        {
            return "{" + string.Join(", ", map.Select(e => Json(e.Key) + ": " + Json(e.Value)).ToArray()) + "}";
        }
        if (text != null)
        {
            return "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\r", "") + "\"";
        }
        if (array != null && array.Rank == 2)
        {
            IEnumerable<string> rows = Enumerable.Range(0, array.GetLength(0)).Select(x => "[" + string.Join(", ",
                Enumerable.Range(0, array.GetLength(1)).Select(y => Json(array.GetValue(x, y))).ToArray()) + "]");
            return "[" + string.Join(", ", rows.ToArray()) + "]";
        }
        if (value is bool)
        {
            return (bool)value ? "true" : "false";
        }
        if (value is DoseValue)
        {
            DoseValue dose = (DoseValue)value;
            return "[" + Json(dose.Dose) + ", " + Json(dose.Unit.ToString()) + "]";
        }
        IEnumerable list = value as IEnumerable;
        if (list != null)
        {
            return "[" + string.Join(", ", list.Cast<object>().Select(Json).ToArray()) + "]";
        }
        if (value is double || value is float)
        {
            double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
            return double.IsNaN(number) ? "NaN" : number.ToString("R", CultureInfo.InvariantCulture);
        }
        return value is Enum ? Json(value.ToString()) : Convert.ToString(value, CultureInfo.InvariantCulture);
    }
}
