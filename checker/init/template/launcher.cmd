@echo off
rem Drop exports (files or folders) onto this file: they are audited with the options of checker.toml beside it.
rem ASCII only, for cmd reads this file in the code page of the console.
setlocal
set PYTHONUTF8=1
pushd "%~dp0"
chcp 65001 >nul
if "%~1"=="" goto nothing
where checker >nul 2>nul
if errorlevel 1 goto module
checker audit %*
goto end
:module
py -m checker audit %*
goto end
:nothing
echo Drop exports (files or folders) onto this file.
pause
exit /b 2
:end
set CODE=%ERRORLEVEL%
popd
pause
exit /b %CODE%
