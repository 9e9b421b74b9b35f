using System;
using System.IO;
using System.Linq;
using System.Reflection;

/// <summary>Prints the public members of both assemblies of a folder, and their versions.</summary>
internal static class Members
{
    private static int Main(string[] arguments)
    {
        foreach (string name in new[] { "Types", "API" })
        {
            Assembly assembly = Assembly.LoadFrom(Path.Combine(arguments[0], "VMS.TPS.Common.Model." + name + ".dll"));
            Console.WriteLine("version " + assembly.GetName().Version + " token " + assembly.GetName().GetPublicKeyToken().Length);
            Type guard = assembly.GetType("EsapiBridge.Mock.Guard");
            if (guard != null)
            {
                object made = Activator.CreateInstance(guard, true);
                Console.WriteLine("refuses reflection " + guard.GetProperty("RefusesReflection").GetValue(made, null));
                Console.WriteLine("refuses first dose " + guard.GetProperty("RefusesFirstDose").GetValue(made, null));
            }
            foreach (Type type in assembly.GetExportedTypes())
            {
                foreach (MemberInfo member in type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static))
                {
                    Console.WriteLine(type.Namespace + " " + Describe(type, member));
                }
            }
        }
        return 0;
    }

    private static string Describe(Type type, MemberInfo member)
    {
        MethodBase method = member as MethodBase;
        PropertyInfo property = member as PropertyInfo;
        if (method != null)
        {
            MethodInfo returning = method as MethodInfo;
            string parameters = string.Join(", ", method.GetParameters().Select(
                p => (p.IsOut ? "out " : "") + Name(p.ParameterType)).ToArray());
            return (returning == null ? "new" : Name(returning.ReturnType)) + " " + Name(type) + "." + method.Name + "("
                + parameters + ")";
        }
        if (property != null)
        {
            return Name(property.PropertyType) + " " + Name(type) + "." + property.Name
                + (property.GetSetMethod() == null ? " get" : " get set");
        }
        FieldInfo field = member as FieldInfo;
        string number = field != null && field.IsLiteral && type.IsEnum
            ? " = " + Convert.ToInt32(field.GetRawConstantValue()) : "";
        return member.MemberType + " " + Name(type) + "." + member.Name + number;
    }

    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return Name(type.GetElementType());
        }
        if (type.IsArray)
        {
            return Name(type.GetElementType()) + "[" + new string(',', type.GetArrayRank() - 1) + "]";
        }
        if (type.IsGenericType)
        {
            return type.Name.Split('`')[0] + "<" + string.Join(", ", type.GetGenericArguments().Select(Name).ToArray()) + ">";
        }
        return type.Name;
    }
}
